//! Where the bytes of a socket go that are wanted in a buffer. The answers of a Runtime API are read on the way there.

use rquickjs::{Ctx, Function, Object, Persistent, Result, TypedArray, Value};

use crate::http::{accepted_length, read_response};

/// Who listens to a socket past the layers of a stream.
pub struct Receiver {
    buffer: Persistent<Value<'static>>,
    on_answers: Option<Persistent<Function<'static>>>,
    /// Answers that are still to be read here.
    expected: usize,
}

/// What JavaScript is to be called with.
pub struct Answers<'js> {
    on_answers: Function<'js>,
    /// How many were a 202 that says nothing more.
    accepted: usize,
    /// The answer to the last request.
    last: Option<Object<'js>>,
}

impl Receiver {
    pub fn new<'js>(ctx: &Ctx<'js>, buffer: TypedArray<'js, u8>) -> Self {
        let buffer = Persistent::save(ctx, buffer.into_value());
        Self { buffer, on_answers: None, expected: 0 }
    }

    pub fn buffer<'js>(&self, ctx: &Ctx<'js>) -> Result<TypedArray<'js, u8>> {
        TypedArray::from_value(self.buffer.clone().restore(ctx)?)
    }

    /// Asks for answers to be read here.
    pub fn listen(&mut self, on_answers: Function<'_>) {
        let ctx = on_answers.ctx().clone();
        self.on_answers = Some(Persistent::save(&ctx, on_answers));
    }

    /// So many requests are on the way.
    pub fn expect(&mut self, count: usize) {
        self.expected = count;
    }

    /// Returns how many of the bytes were read here. What is not whole and plain is left to JavaScript, with all behind it.
    pub fn read<'js>(&mut self, ctx: &Ctx<'js>, bytes: &[u8]) -> Result<(usize, Option<Answers<'js>>)> {
        let Some(on_answers) = self.on_answers.clone().filter(|_| self.expected > 0) else { return Ok((0, None)) };
        let (mut read, mut accepted) = (0, 0);
        while self.expected > 1 {
            let Some(length) = accepted_length(&bytes[read..])? else { break };
            read += length;
            accepted += 1;
            self.expected -= 1;
        }
        let mut last = None;
        if read < bytes.len() {
            let is_last = std::mem::take(&mut self.expected) == 1;
            let response = if is_last { read_response(ctx, &bytes[read..])? } else { None };
            if let Some((response, length)) = response.filter(|(_, length)| read + length == bytes.len()) {
                read += length;
                last = Some(response);
            }
        }
        let answers = Answers { on_answers: on_answers.restore(ctx)?, accepted, last };
        Ok((read, (accepted > 0 || answers.last.is_some()).then_some(answers)))
    }
}

/// Copies what the buffer of a receiver holds. Returns how many bytes that were: `None` where it has no room any more.
pub fn fill(buffer: &TypedArray<'_, u8>, bytes: &[u8]) -> Option<usize> {
    // SAFETY: no JavaScript runs before the copy is made, so nobody else has these bytes in use.
    let target = unsafe { buffer.as_raw().filter(|bytes| !bytes.is_empty())?.as_mut() };
    let count = bytes.len().min(target.len());
    target[..count].copy_from_slice(&bytes[..count]);
    Some(count)
}

impl Answers<'_> {
    /// Whether nothing more is on the way.
    pub fn has_last(&self) -> bool {
        self.last.is_some()
    }

    pub fn tell(self) -> Result<()> {
        self.on_answers.call((self.accepted, self.last))
    }
}
