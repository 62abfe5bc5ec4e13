//! The responses of a Runtime API, read at once: what JavaScript would do byte by byte and line by line. Whatever is not whole
//! and plain is left to JavaScript.

use rquickjs::{Array, Ctx, Object, Result, TypedArray};

use crate::text::index_of;

/// `[status, headers, body, end]` of the response that the bytes begin with: `None` unless all of it is there, its length is
/// told, and it is no interim answer.
pub fn read_response<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Option<Array<'js>>> {
    let Some(Head { status, lines, body_start }) = read_head(bytes) else { return Ok(None) };
    let headers = Object::new(ctx.clone())?;
    headers.set_prototype(None)?;
    let mut length = None;
    for (name, value) in lines {
        match name.as_str() {
            "transfer-encoding" => return Ok(None),
            "content-length" => length = parse_length(value),
            _ => {}
        }
        headers.set(name, value)?;
    }
    let end = length.and_then(|length| body_start.checked_add(length));
    let Some((end, body)) = end.and_then(|end| Some((end, bytes.get(body_start..end)?))) else { return Ok(None) };
    let response = Array::new(ctx.clone())?;
    response.set(0, status)?;
    response.set(1, headers)?;
    response.set(2, TypedArray::<u8>::new_copy(ctx.clone(), body)?)?;
    response.set(3, end)?;
    Ok(Some(response))
}

struct Head<'a> {
    status: u16,
    /// Names in lower case.
    lines: Vec<(String, &'a str)>,
    body_start: usize,
}

/// Of plain ASCII; a status that has no body is left to JavaScript as well.
fn read_head(bytes: &[u8]) -> Option<Head<'_>> {
    let end = index_of(bytes, b"\r\n\r\n", 0)?;
    let text = std::str::from_utf8(&bytes[..end]).ok().filter(|text| text.is_ascii())?;
    let mut lines = text.split("\r\n");
    let status_line = lines.next()?;
    let code = status_line.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    let status = code.parse().ok().filter(|status| (200..600).contains(status) && !matches!(status, 204 | 304))?;
    let lines = lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| !name.is_empty());
    let lines = lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).collect();
    Some(Head { status, lines, body_start: end + 4 })
}

fn parse_length(text: &str) -> Option<usize> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
