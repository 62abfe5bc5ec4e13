//! Text to bytes and back, in the encodings of `Buffer`. JavaScript that an interpreter runs byte by byte is too slow.

use rquickjs::{Ctx, Exception, Result, String as JsString, TypedArray, Value};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// UTF-8 of a JavaScript string; each lone surrogate becomes U+FFFD.
fn utf8(text: JsString<'_>) -> Result<Vec<u8>> {
    let text = text.to_cstring()?;
    // SAFETY: QuickJS made them, and they live as long as `text`.
    let bytes = unsafe { std::slice::from_raw_parts(text.as_ptr().cast::<u8>(), text.len()) };
    Ok(match std::str::from_utf8(bytes) {
        Ok(_) => bytes.to_vec(),
        Err(_) => without_surrogates(bytes),
    })
}

/// QuickJS writes a lone surrogate as the three bytes that UTF-8 forbids: ED A0..BF xx.
fn without_surrogates(bytes: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, ..] = rest {
        if let [0xed, 0xa0..=0xbf, _, ..] = rest {
            result.extend_from_slice("\u{fffd}".as_bytes());
            rest = &rest[3..];
        } else {
            result.push(*first);
            rest = &rest[1..];
        }
    }
    result
}

/// The bytes of a text.
pub fn encode<'js>(ctx: Ctx<'js>, text: JsString<'js>, encoding: &str) -> Result<TypedArray<'js, u8>> {
    let bytes = utf8(text)?;
    let encoded = match encoding {
        "utf8" => bytes,
        _ if encoding == "hex" => decode_hex(&bytes),
        _ => {
            let text = String::from_utf8_lossy(&bytes);
            match encoding {
                // As Node.js: the low byte of every UTF-16 unit.
                "latin1" => text.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect(),
                "utf16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                _ => return Err(Exception::throw_type(&ctx, &format!("Unknown encoding: {encoding}"))),
            }
        }
    };
    TypedArray::new(ctx, encoded)
}

/// The text of bytes.
pub fn decode<'js>(ctx: Ctx<'js>, bytes: &[u8], encoding: &str) -> Result<JsString<'js>> {
    let text = match encoding {
        "utf8" => String::from_utf8_lossy(bytes).into_owned(),
        "latin1" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        "ascii" => bytes.iter().map(|byte| char::from(byte & 0x7f)).collect(),
        "hex" => bytes
            .iter()
            .flat_map(|byte| [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]])
            .map(char::from)
            .collect(),
        // Surrogates that have no other half are lost, unlike in Node.js.
        "utf16le" => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => return Err(Exception::throw_type(&ctx, &format!("Unknown encoding: {encoding}"))),
    };
    JsString::from_str(ctx, &text)
}

/// Up to the first pair that is no hexadecimal number, as in Node.js.
fn decode_hex(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.chunks_exact(2).map_while(|pair| u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()).collect()
}

/// Where `needle` begins at or behind `from`.
pub fn index_of(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    // SAFETY: it reads those bytes and no others.
    let found = unsafe { libc::memmem(rest.as_ptr().cast(), rest.len(), needle.as_ptr().cast(), needle.len()) };
    (!found.is_null()).then(|| found as usize - bytes.as_ptr() as usize)
}

/// The bytes of a string (as UTF-8) or of a typed array of bytes.
pub fn bytes_of<R>(value: &Value<'_>, use_bytes: impl FnOnce(&[u8]) -> R) -> Result<R> {
    if let Some(text) = value.as_string() {
        return Ok(use_bytes(&utf8(text.clone())?));
    }
    let array = TypedArray::<u8>::from_value(value.clone())?;
    // SAFETY: no JavaScript runs while the bytes are used, so the buffer can neither be detached nor resized.
    match unsafe { array.as_bytes() } {
        Some(bytes) => Ok(use_bytes(bytes)),
        None => Err(Exception::throw_type(value.ctx(), "The ArrayBuffer is detached")),
    }
}
