//! The `native` engine: QuickJS, an event loop, and what the modules in `modules/` cannot do in JavaScript.
//!
//! A bootstrap is this executable with a bundle behind it, which it runs. Without one it is a tool:
//! `compile BYTECODE BUNDLE...` for the builder, and `BUNDLE` alone to run a file.

mod bindings;
mod digests;
mod event_loop;
mod files;
mod http;
mod hypot;
mod memory;
mod modules;
mod pages;
mod payload;
mod receiver;
mod signatures;
mod socket;
mod sockets;
mod text;
mod timers;
mod tls;
mod urls;
mod zlib;

use std::process::ExitCode;

use modules::Modules;
use payload::Payload;
use rquickjs::{Ctx, Module};

/// The name of the bundle in stack traces; `runtime/source-map.ts` knows it.
const BUNDLE_NAME: &str = "bundle.mjs";

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
        ["compile", bytecode, bundle @ ..] => match modules::compile(bundle, bytecode) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => fail(&message),
        },
        [bundle] => match std::fs::read(bundle) {
            Ok(source) => event_loop::run(&Payload::Source(source.leak()), bundle),
            Err(error) => fail(&format!("{bundle}: {error}")),
        },
        _ => fail("there is no bundle in this executable: usage: engine BUNDLE | engine compile BYTECODE BUNDLE..."),
    }
}

/// Every failure of the engine itself; those of the bundle are reported by `modules/process.ts`.
fn fail(message: &str) -> ExitCode {
    eprintln!("native engine: {message}");
    ExitCode::FAILURE
}

/// Evaluates the bundle; what it awaits goes on in the event loop.
fn evaluate<'js>(ctx: &Ctx<'js>, payload: &Payload, name: &str) -> rquickjs::Result<rquickjs::Promise<'js>> {
    let module = match payload {
        Payload::Source(source) => modules::with_url(Module::declare(ctx.clone(), name, *source)?)?,
        Payload::Bytecode(bytecode) => Modules::of(bytecode).first(ctx)?,
    };
    Ok(module.eval()?.1)
}
