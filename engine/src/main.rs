//! The `native` engine: QuickJS, an event loop, and what the modules in `modules/` cannot do in JavaScript.
//!
//! A bootstrap is this executable with a bundle behind it, which it runs. Without one it is a tool:
//! `compile BUNDLE BYTECODE` for the builder, and `BUNDLE` alone to run a file.

mod bindings;
mod digests;
mod event_loop;
mod files;
mod http;
mod hypot;
mod memory;
mod payload;
mod sockets;
mod text;
mod timers;
mod tls;
mod urls;

use std::process::ExitCode;

use payload::Payload;
use rquickjs::{CatchResultExt, Context, Ctx, Module, Runtime, WriteOptions};

/// The name of the bundle in stack traces; `runtime/source-map.ts` knows it.
const BUNDLE_NAME: &str = "bundle.mjs";

/// Where bytecode has its checksum. This one stands for none: an archive has its own, and here it takes a third of a
/// millisecond for each megabyte.
const CHECKSUM: std::ops::Range<usize> = 1..5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let payload = match payload::read_own() {
        Ok(payload) => payload,
        Err(error) => return fail(&format!("the executable cannot be read: {error}")),
    };
    if let Some(payload) = payload {
        return event_loop::run(&payload, BUNDLE_NAME);
    }
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["compile", bundle, bytecode] => match compile(bundle, bytecode) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => fail(&message),
        },
        [bundle] => match std::fs::read(bundle) {
            Ok(source) => event_loop::run(&Payload::Source(source.leak()), bundle),
            Err(error) => fail(&format!("{bundle}: {error}")),
        },
        _ => fail("there is no bundle in this executable: usage: engine BUNDLE | engine compile BUNDLE BYTECODE"),
    }
}

/// Every failure of the engine itself; those of the bundle are reported by `modules/process.ts`.
fn fail(message: &str) -> ExitCode {
    eprintln!("native engine: {message}");
    ExitCode::FAILURE
}

/// The same bytes on every machine: bytecode knows no architecture, only the order of bytes, which both platforms share.
fn compile(bundle: &str, bytecode: &str) -> Result<(), String> {
    let source = std::fs::read(bundle).map_err(|error| format!("{bundle}: {error}"))?;
    let context = Runtime::new().and_then(|runtime| Context::full(&runtime)).map_err(|error| error.to_string())?;
    let mut compiled = context.with(|ctx| {
        let options = WriteOptions { strip_source: true, ..WriteOptions::default() };
        let written = Module::declare(ctx.clone(), BUNDLE_NAME, source).and_then(|module| module.write(options));
        written.catch(&ctx).map_err(|error| error.to_string())
    })?;
    if let Some(checksum) = compiled.get_mut(CHECKSUM) {
        checksum.fill(0xff);
    }
    std::fs::write(bytecode, compiled).map_err(|error| format!("{bytecode}: {error}"))
}

/// Evaluates the bundle; what it awaits goes on in the event loop.
fn evaluate<'js>(ctx: &Ctx<'js>, payload: &Payload, name: &str) -> rquickjs::Result<rquickjs::Promise<'js>> {
    let module = match payload {
        Payload::Source(source) => Module::declare(ctx.clone(), name, *source)?,
        // SAFETY: the builder wrote it with this engine's `compile`, and the magic behind it says so.
        Payload::Bytecode(bytecode) => unsafe { Module::load(ctx.clone(), bytecode)? },
    };
    module.meta()?.set("url", "file:///var/task/bootstrap")?;
    Ok(module.eval()?.1)
}
