//! Files, synchronously: the functions that `modules/fs.ts` is made of.

use std::fs;
use std::io::{Error, ErrorKind, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

use rquickjs::{Ctx, Exception, Object, Result, TypedArray};
use rustix::event::{poll, PollFd, PollFlags};

/// Node.js's name of an error.
pub fn code_of(error: &Error) -> String {
    let name = match error.kind() {
        ErrorKind::NotFound => "ENOENT",
        ErrorKind::PermissionDenied => "EACCES",
        ErrorKind::AlreadyExists => "EEXIST",
        ErrorKind::ConnectionRefused => "ECONNREFUSED",
        ErrorKind::ConnectionReset => "ECONNRESET",
        ErrorKind::ConnectionAborted => "ECONNABORTED",
        ErrorKind::HostUnreachable => "EHOSTUNREACH",
        ErrorKind::NetworkUnreachable => "ENETUNREACH",
        ErrorKind::NotConnected => "ENOTCONN",
        ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        ErrorKind::BrokenPipe => "EPIPE",
        ErrorKind::TimedOut => "ETIMEDOUT",
        ErrorKind::IsADirectory => "EISDIR",
        ErrorKind::NotADirectory => "ENOTDIR",
        ErrorKind::DirectoryNotEmpty => "ENOTEMPTY",
        ErrorKind::ReadOnlyFilesystem => "EROFS",
        ErrorKind::StorageFull => "ENOSPC",
        ErrorKind::InvalidInput => "EINVAL",
        _ => return error.raw_os_error().map_or("EIO".into(), |number| format!("E{number}")),
    };
    name.into()
}

/// As Node.js throws it: `ENOENT: no such file or directory, open '/a'`, with `code`, `syscall` and `path`.
fn throw<T>(ctx: &Ctx<'_>, outcome: std::io::Result<T>, call: &str, path: &str) -> Result<T> {
    outcome.map_err(|error| {
        let code = code_of(&error);
        let message = format!("{code}: {}, {call} '{path}'", error.kind());
        let thrown = Exception::from_message(ctx.clone(), &message).and_then(|exception| {
            let object = exception.as_object();
            object.set("code", code)?;
            object.set("errno", error.raw_os_error().map(|number| -number))?;
            object.set("syscall", call)?;
            object.set("path", path)?;
            Ok(exception)
        });
        thrown.map_or_else(|failure| failure, Exception::throw)
    })
}

pub fn read<'js>(ctx: Ctx<'js>, path: &str) -> Result<TypedArray<'js, u8>> {
    let bytes = throw(&ctx, fs::read(path), "open", path)?;
    TypedArray::new(ctx, bytes)
}

/// `flag` is `w`, `a` or `wx`.
pub fn write(ctx: &Ctx<'_>, path: &str, bytes: &[u8], flag: &str, mode: u32) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).mode(mode);
    match flag {
        "a" => options.append(true),
        "wx" => options.create_new(true),
        _ => options.truncate(true),
    };
    throw(ctx, options.open(path).and_then(|mut file| file.write_all(bytes)), "open", path)
}

/// `kind`, `size`, `mode`, `mtimeMs`; undefined where there is nothing.
pub fn stat<'js>(ctx: &Ctx<'js>, path: &str, follow: bool) -> Result<Option<Object<'js>>> {
    let found = if follow { fs::metadata(path) } else { fs::symlink_metadata(path) };
    if found.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    let metadata = throw(ctx, found, "stat", path)?;
    let kind = match metadata.file_type() {
        each if each.is_dir() => "directory",
        each if each.is_symlink() => "link",
        each if each.is_file() => "file",
        _ => "other",
    };
    let object = Object::new(ctx.clone())?;
    object.set("kind", kind)?;
    object.set("size", metadata.len())?;
    object.set("mode", metadata.mode())?;
    object.set("mtimeMs", metadata.mtime() * 1000 + metadata.mtime_nsec() / 1_000_000)?;
    Ok(Some(object))
}

pub fn list(ctx: &Ctx<'_>, path: &str) -> Result<Vec<String>> {
    let names = fs::read_dir(path).and_then(|entries| {
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect::<std::io::Result<Vec<_>>>()
    });
    let mut names = throw(ctx, names, "scandir", path)?;
    names.sort_unstable();
    Ok(names)
}

pub fn make_folder(ctx: &Ctx<'_>, path: &str, is_recursive: bool) -> Result<()> {
    let made = if is_recursive { fs::create_dir_all(path) } else { fs::create_dir(path) };
    throw(ctx, made, "mkdir", path)
}

pub fn remove(ctx: &Ctx<'_>, path: &str, kind: &str) -> Result<()> {
    let removed = match kind {
        "tree" => fs::remove_dir_all(path),
        "directory" => fs::remove_dir(path),
        _ => fs::remove_file(path),
    };
    throw(ctx, removed, if kind == "file" { "unlink" } else { "rmdir" }, path)
}

pub fn rename(ctx: &Ctx<'_>, from: &str, to: &str) -> Result<()> {
    throw(ctx, fs::rename(from, to), "rename", from)
}

/// Writes everything before it returns, also where somebody made the descriptor non-blocking. A closed one loses it.
pub fn write_descriptor(descriptor: i32, bytes: &[u8]) {
    // SAFETY: 1 and 2, or what Lambda names in `_LAMBDA_TELEMETRY_LOG_FD`: open as long as the process runs.
    let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(descriptor, rest) {
            Ok(count) => rest = &rest[count..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(&descriptor, PollFlags::OUT)], None);
            }
            Err(_) => return,
        }
    }
}
