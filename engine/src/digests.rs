//! Digests and message authentication codes, for `modules/crypto.ts`.

use md5::{Digest, Md5};
use ring::{digest, hmac};
use rquickjs::{Ctx, Exception, Result, TypedArray};

/// Of `md5`, `sha1`, `sha256`, `sha384` and `sha512`.
pub fn digest<'js>(ctx: Ctx<'js>, name: &str, bytes: &[u8]) -> Result<TypedArray<'js, u8>> {
    let algorithm = match name {
        "md5" => return TypedArray::new(ctx, Md5::digest(bytes).to_vec()),
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &digest::SHA256,
        "sha384" => &digest::SHA384,
        "sha512" => &digest::SHA512,
        _ => return Err(unknown(&ctx, name)),
    };
    TypedArray::new(ctx, digest::digest(algorithm, bytes).as_ref().to_vec())
}

/// The same without MD5.
pub fn hmac<'js>(ctx: Ctx<'js>, name: &str, key: &[u8], bytes: &[u8]) -> Result<TypedArray<'js, u8>> {
    let algorithm = match name {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return Err(unknown(&ctx, name)),
    };
    TypedArray::new(ctx, hmac::sign(&hmac::Key::new(algorithm, key), bytes).as_ref().to_vec())
}

fn unknown(ctx: &Ctx<'_>, name: &str) -> rquickjs::Error {
    Exception::throw_message(ctx, &format!("Digest method not supported: {name}"))
}
