//! The requests to a Runtime API, and its responses, read at once: what JavaScript would do byte by byte and line by line.
//! Whatever is not whole and plain is left to JavaScript.

use rquickjs::{Ctx, Object, Result, TypedArray};

use crate::text::index_of;

/// The response that the bytes begin with, and its length: `None` unless all of it is there, its length is told, it is no
/// interim answer, and the connection is kept.
pub fn read_response<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Option<(Object<'js>, usize)>> {
    let Some((status, lines, body_start)) = read_head(bytes) else { return Ok(None) };
    // Made without a prototype, not deprived of one: QuickJS then knows the objects that had the same members.
    let headers = Object::new_proto(ctx.clone(), None)?;
    let mut length = None;
    for (name, value) in Lines(lines).filter_map(split) {
        let mut space = [0; 64];
        let Some(name) = lower_case(name, &mut space) else { return Ok(None) };
        match name {
            "transfer-encoding" => return Ok(None),
            "connection" if !is_kept(value) => return Ok(None),
            "content-length" => length = parse_length(value),
            _ => {}
        }
        headers.set(name, value)?;
    }
    let end = length.and_then(|length| body_start.checked_add(length));
    let Some((end, body)) = end.and_then(|end| Some((end, bytes.get(body_start..end)?))) else { return Ok(None) };
    let response = Object::new(ctx.clone())?;
    response.set("status", status)?;
    response.set("headers", headers)?;
    response.set("body", TypedArray::<u8>::new_copy(ctx.clone(), body)?)?;
    Ok(Some((response, end)))
}

/// The length of the response that the bytes begin with, if it is a whole 202 on a connection that may be kept.
pub fn accepted_length(bytes: &[u8]) -> Option<usize> {
    let (_, lines, body_start) = read_head(bytes).filter(|(status, ..)| *status == 202)?;
    let mut length = None;
    for (name, value) in Lines(lines).filter_map(split) {
        if name.eq_ignore_ascii_case("content-length") {
            length = parse_length(value);
        } else if name.eq_ignore_ascii_case("transfer-encoding")
            || (name.eq_ignore_ascii_case("connection") && !is_kept(value))
        {
            return None;
        }
    }
    let end = body_start.checked_add(length?)?;
    (end <= bytes.len()).then_some(end)
}

/// Behind the headers of a request: the length of its body, if there is one, the empty line, and the body.
pub fn end_head(text: &mut Vec<u8>, body: Option<&[u8]>) {
    if let Some(body) = body {
        text.extend_from_slice(b"Content-Length: ");
        text.extend_from_slice(body.len().to_string().as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(body.unwrap_or_default());
}

/// The status, the lines behind it, and where the body begins. Only of plain ASCII; a status that has no body is left to
/// JavaScript as well.
fn read_head(bytes: &[u8]) -> Option<(u16, &str, usize)> {
    let mut end = 0;
    loop {
        let line_break = index_of(bytes, b"\n", end)?;
        if !bytes[end..line_break].ends_with(b"\r") {
            return None;
        }
        if line_break == end + 1 {
            break;
        }
        end = line_break + 1;
    }
    let text = std::str::from_utf8(&bytes[..end]).ok().filter(|text| text.is_ascii())?;
    let mut lines = Lines(text);
    let code = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    let status = code.parse().ok().filter(|status| (200..600).contains(status) && !matches!(status, 204 | 304))?;
    Some((status, lines.0, end + 2))
}

/// What stands before each line break.
struct Lines<'a>(&'a str);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let end = index_of(self.0.as_bytes(), b"\n", 0)?;
        let line = self.0.get(..end - 1)?;
        self.0 = &self.0[end + 1..];
        Some(line)
    }
}

/// Name and value of a header; what has no name is none.
fn split(line: &str) -> Option<(&str, &str)> {
    let colon = index_of(line.as_bytes(), b":", 0).filter(|colon| *colon > 0)?;
    Some((&line[..colon], line[colon + 1..].trim()))
}

/// Whether that is all that the header `Connection` says.
fn is_kept(value: &str) -> bool {
    value.eq_ignore_ascii_case("keep-alive")
}

/// In `space`, where that holds it.
fn lower_case<'a>(name: &str, space: &'a mut [u8; 64]) -> Option<&'a str> {
    let space = space.get_mut(..name.len())?;
    space.copy_from_slice(name.as_bytes());
    space.make_ascii_lowercase();
    std::str::from_utf8(space).ok()
}

/// Of as many digits as JavaScript takes.
fn parse_length(text: &str) -> Option<usize> {
    text.parse().ok().filter(|_| text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit()))
}
