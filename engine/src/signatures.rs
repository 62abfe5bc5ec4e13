//! Whether a signature is one of a key's, for `modules/public-key.ts`. Nothing is signed here.

use ring::signature::{
    UnparsedPublicKey, VerificationAlgorithm, ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA384_ASN1,
    ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512,
};

/// `None` where nothing verifies that way. Keys are those of RFC 8017 (`RSAPublicKey`), points of RFC 5480, or 32 bytes.
pub fn verify(scheme: &str, key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    let algorithm: &dyn VerificationAlgorithm = match scheme {
        "rsa sha256" => &RSA_PKCS1_2048_8192_SHA256,
        "rsa sha384" => &RSA_PKCS1_2048_8192_SHA384,
        "rsa sha512" => &RSA_PKCS1_2048_8192_SHA512,
        "rsa-pss sha256" => &RSA_PSS_2048_8192_SHA256,
        "rsa-pss sha384" => &RSA_PSS_2048_8192_SHA384,
        "rsa-pss sha512" => &RSA_PSS_2048_8192_SHA512,
        "P-256 der sha256" => &ECDSA_P256_SHA256_ASN1,
        "P-256 der sha384" => &ECDSA_P256_SHA384_ASN1,
        "P-384 der sha256" => &ECDSA_P384_SHA256_ASN1,
        "P-384 der sha384" => &ECDSA_P384_SHA384_ASN1,
        "P-256 ieee-p1363 sha256" => &ECDSA_P256_SHA256_FIXED,
        "P-384 ieee-p1363 sha384" => &ECDSA_P384_SHA384_FIXED,
        "ed25519" => &ED25519,
        _ => return None,
    };
    Some(UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok())
}
