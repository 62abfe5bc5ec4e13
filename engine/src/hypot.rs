//! `hypot`, which `Math.hypot` calls: glibc 2.35 gave its own a new version, and an executable that was compiled on such a
//! system would not start on Amazon Linux 2023 for the sake of it.

#[no_mangle]
extern "C" fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}
