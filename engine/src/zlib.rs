//! Compressed data, piece by piece, for `modules/zlib-codec.ts`. Source: RFC 1950, 1951 and 1952.

use rquickjs::function::MutFn;
use rquickjs::{Ctx, Function, Object, Result, TypedArray, Value};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateError, InflateFlush, Status, Strategy};

use crate::text::bytes_of;

/// zlib's numbers. Negative window bits are for data without header and sum, 16 more for gzip, 32 more for either header.
pub struct Parameters {
    pub window_bits: i32,
    pub level: i32,
    pub mem_level: i32,
    pub strategy: i32,
}

pub enum Stream {
    Deflate(Deflate),
    Inflate(Inflate, Vec<u8>),
}

/// Bytes read and written, and what zlib calls the outcome: a text is that of a failure.
struct Step {
    read: u64,
    written: u64,
    outcome: std::result::Result<Status, (i32, &'static str)>,
}

impl Stream {
    pub fn deflate(parameters: &Parameters, dictionary: &[u8]) -> Self {
        let mut deflate = Deflate::new_with_config(DeflateConfig {
            level: parameters.level,
            window_bits: parameters.window_bits,
            mem_level: parameters.mem_level,
            strategy: Strategy::try_from(parameters.strategy).unwrap_or_default(),
            ..DeflateConfig::default()
        });
        if !dictionary.is_empty() {
            let _ = deflate.set_dictionary(dictionary);
        }
        Self::Deflate(deflate)
    }

    pub fn inflate(window_bits: i32, dictionary: &[u8]) -> Self {
        let mut inflate = Inflate::new(window_bits >= 0, u8::try_from(window_bits.abs()).unwrap_or(15));
        // Others ask for it when they have read which one it is.
        if window_bits < 0 && !dictionary.is_empty() {
            let _ = inflate.set_dictionary(dictionary);
        }
        Self::Inflate(inflate, dictionary.to_vec())
    }

    fn step(&mut self, input: &[u8], output: &mut [u8], flush: i32) -> Step {
        match self {
            Self::Deflate(deflate) => {
                let (read, written) = (deflate.total_in(), deflate.total_out());
                let outcome = deflate.compress(input, output, DeflateFlush::try_from(flush).unwrap_or_default());
                Step {
                    read: deflate.total_in() - read,
                    written: deflate.total_out() - written,
                    outcome: outcome.map_err(|error| (error as i32, error.as_str())),
                }
            }
            Self::Inflate(inflate, dictionary) => {
                let (read, written) = (inflate.total_in(), inflate.total_out());
                let flush = InflateFlush::try_from(flush).unwrap_or_default();
                let mut outcome = inflate.decompress(input, output, flush).map_err(failure_of);
                if matches!(outcome, Err((2, _))) && !dictionary.is_empty() {
                    let rest = &input[usize::try_from(inflate.total_in() - read).unwrap_or(0)..];
                    outcome = match inflate.set_dictionary(dictionary) {
                        Ok(_) => inflate.decompress(rest, output, flush).map_err(failure_of),
                        Err(_) => Err((2, "Bad dictionary")),
                    };
                }
                // What the quick loop finds is told as if it had been found before.
                let message = inflate.error_message().filter(|text| *text != "repeated call with bad state");
                Step {
                    read: inflate.total_in() - read,
                    written: inflate.total_out() - written,
                    outcome: outcome.map_err(|(code, text)| (code, message.unwrap_or(text))),
                }
            }
        }
    }
}

fn failure_of(error: InflateError) -> (i32, &'static str) {
    match error {
        InflateError::NeedDict { .. } => (2, "Missing dictionary"),
        InflateError::StreamError => (-2, "stream error"),
        InflateError::DataError => (-3, "invalid data"),
        InflateError::MemError => (-4, "insufficient memory"),
    }
}

/// Takes bytes, the number of a flush, and the most bytes to give back.
pub fn steps<'js>(ctx: &Ctx<'js>, mut stream: Stream) -> Result<Function<'js>> {
    let step = move |ctx: Ctx<'js>, input: Value<'js>, flush: i32, most: usize| {
        let mut output = vec![0; most];
        let step = bytes_of(&input, |bytes| stream.step(bytes, &mut output, flush))?;
        output.truncate(usize::try_from(step.written).unwrap_or(0));
        let result = Object::new(ctx.clone())?;
        result.set("bytes", TypedArray::<u8>::new(ctx, output)?)?;
        result.set("read", step.read)?;
        match step.outcome {
            Ok(status) => result.set("isEnd", matches!(status, Status::StreamEnd))?,
            Err((code, message)) => {
                result.set("errno", code)?;
                result.set("message", message)?;
            }
        }
        Ok::<_, rquickjs::Error>(result)
    };
    Function::new(ctx.clone(), MutFn::from(step))
}

/// Goes on with the sum of what came before. QuickJS has the bits of both as signed numbers.
pub fn crc32(bytes: &Value<'_>, before: i32) -> Result<i32> {
    let sum = bytes_of(bytes, |bytes| zlib_rs::crc32::crc32(u32::from_ne_bytes(before.to_ne_bytes()), bytes))?;
    Ok(i32::from_ne_bytes(sum.to_ne_bytes()))
}
