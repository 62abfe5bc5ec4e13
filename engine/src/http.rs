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
    let length = read_headers(lines, |name, value| headers.set(name, value))?;
    let Some((body, end)) = body_of(bytes, body_start, length) else { return Ok(None) };
    let response = Object::new(ctx.clone())?;
    response.set("status", status)?;
    response.set("headers", headers)?;
    response.set("body", TypedArray::<u8>::new_copy(ctx.clone(), body)?)?;
    Ok(Some((response, end)))
}

/// The length of the response that the bytes begin with, if it is a whole 202 on a connection that is kept.
pub fn accepted_length(bytes: &[u8]) -> Result<Option<usize>> {
    let Some((202, lines, body_start)) = read_head(bytes) else { return Ok(None) };
    let length = read_headers(lines, |_, _| Ok(()))?;
    Ok(body_of(bytes, body_start, length).map(|(_, end)| end))
}

/// Behind the headers of a request.
pub fn end_head(text: &mut Vec<u8>) {
    text.extend_from_slice(b"\r\n");
}

/// Behind the headers of a request: the length of its body, and the body.
pub fn add_body(text: &mut Vec<u8>, body: &[u8]) {
    text.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    end_head(text);
    text.extend_from_slice(body);
}

/// Gives each header, its name in lower case. Returns the length of the body: `None` unless it is told, and the connection is
/// kept.
fn read_headers(lines: &str, mut each: impl FnMut(&str, &str) -> Result<()>) -> Result<Option<usize>> {
    let mut length = None;
    for (name, value) in Lines(lines).filter_map(split) {
        let mut space = [0; 64];
        let Some(name) = lower_case(name, &mut space) else { return Ok(None) };
        match name {
            "transfer-encoding" => return Ok(None),
            "connection" if !value.eq_ignore_ascii_case("keep-alive") => return Ok(None),
            "content-length" => length = parse_length(value),
            _ => {}
        }
        each(name, value)?;
    }
    Ok(length)
}

/// The body and where it ends, if all of it is there.
fn body_of(bytes: &[u8], start: usize, length: Option<usize>) -> Option<(&[u8], usize)> {
    let end = start.checked_add(length?)?;
    Some((bytes.get(start..end)?, end))
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
