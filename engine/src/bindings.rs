//! The functions that JavaScript gets, as members of one object: the global `__native`. `modules/native.ts` has their types.

use std::os::unix::net::UnixStream;
use std::rc::Rc;

use rquickjs::function::IntoJsFunc;
use rquickjs::{Ctx, Exception, Function, Object, Persistent, Result, TypedArray, Value};

use crate::event_loop::Shared;
use crate::receiver::Receiver;
use crate::text::bytes_of;
use crate::zlib::{self, Parameters, Stream};
use crate::{digests, files, http, signatures, text, urls};

/// Makes the global.
pub fn install<'js>(ctx: &Ctx<'js>, shared: &Rc<Shared>) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    add_process(&native, shared)?;
    add_text(&native)?;
    add_digests(&native)?;
    add_zlib(&native)?;
    add_files(&native)?;
    add_timers(&native, shared)?;
    add_sockets(&native, shared)?;
    ctx.globals().set("__native", native)
}

fn add<'js, P>(native: &Object<'js>, name: &str, function: impl IntoJsFunc<'js, P> + 'js) -> Result<()> {
    native.set(name, Function::new(native.ctx().clone(), function)?)
}

fn add_process<'js>(native: &Object<'js>, shared: &Rc<Shared>) -> Result<()> {
    native.set("arguments", std::env::args().collect::<Vec<_>>())?;
    native.set("execPath", std::env::current_exe().unwrap_or_default().to_string_lossy().into_owned())?;
    native.set("version", env!("CARGO_PKG_VERSION"))?;
    native.set("pid", std::process::id())?;
    native.set("architecture", if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" })?;
    let environment = Object::new(native.ctx().clone())?;
    for (name, value) in std::env::vars_os() {
        environment.set(name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())?;
    }
    native.set("environment", environment)?;
    add(native, "workingDirectory", || std::env::current_dir().unwrap_or_default().to_string_lossy().into_owned())?;
    add(native, "exit", |code: i32| -> () { std::process::exit(code) })?;
    add(native, "residentBytes", || {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        let resident = pages.split(' ').nth(1).and_then(|each| each.parse().ok()).unwrap_or(0.0);
        resident * f64::from(u16::try_from(rustix::param::page_size()).unwrap_or(4096))
    })?;
    add(native, "randomBytes", |ctx, count: usize| {
        let mut bytes = vec![0; count];
        let mut filled = 0;
        while filled < count {
            filled += rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty())
                .map_err(|error| Exception::throw_message(&ctx, &error.to_string()))?;
        }
        TypedArray::<u8>::new(ctx, bytes)
    })?;
    let state = shared.clone();
    add(native, "listen", move |ctx: Ctx<'js>, number: i32| {
        let pair = UnixStream::pair().and_then(|(sender, receiver)| {
            receiver.set_nonblocking(true)?;
            signal_hook::low_level::pipe::register(number, sender)?;
            Ok(receiver)
        });
        let receiver = pair.map_err(|error| Exception::throw_message(&ctx, &error.to_string()))?;
        state.signals.borrow_mut().insert(number, receiver);
        Ok::<_, rquickjs::Error>(())
    })?;
    // What the signal would do if nobody had ever listened.
    add(native, "endBySignal", |number: i32| {
        let _ = signal_hook::low_level::emulate_default_handler(number);
    })?;
    let state = shared.clone();
    add(native, "onEvent", move |dispatch: Function<'js>| {
        let ctx = dispatch.ctx().clone();
        *state.dispatch.borrow_mut() = Some(Persistent::save(&ctx, dispatch));
    })
}

fn add_text<'js>(native: &Object<'js>) -> Result<()> {
    add(native, "encode", |ctx, text, encoding: String| text::encode(ctx, text, &encoding))?;
    add(native, "byteLength", |text: rquickjs::String<'js>| text.to_cstring().map(|text| text.len()))?;
    add(native, "decode", |ctx: Ctx<'js>, bytes: Value<'js>, encoding: String| {
        bytes_of(&bytes, |bytes| text::decode(ctx.clone(), bytes, &encoding))?
    })?;
    add(native, "indexOf", |bytes: Value<'js>, needle: Value<'js>, from: usize| {
        bytes_of(&bytes, |bytes| bytes_of(&needle, |needle| text::index_of(bytes, needle, from)))?
            .map(|found: Option<usize>| found.and_then(|at| i32::try_from(at).ok()).unwrap_or(-1))
    })
}

fn add_digests<'js>(native: &Object<'js>) -> Result<()> {
    add(native, "digest", |ctx: Ctx<'js>, name: String, bytes: Value<'js>| {
        bytes_of(&bytes, |bytes| digests::digest(ctx, &name, bytes))?
    })?;
    add(native, "hmac", |ctx: Ctx<'js>, name: String, key: Value<'js>, bytes: Value<'js>| {
        bytes_of(&key, |key| bytes_of(&bytes, |bytes| digests::hmac(ctx, &name, key, bytes)))??
    })?;
    add(native, "verify", |scheme: String, key: Value<'js>, message: Value<'js>, signature: Value<'js>| {
        bytes_of(&key, |key| {
            bytes_of(&message, |message| {
                bytes_of(&signature, |signature| signatures::verify(&scheme, key, message, signature))
            })
        })??
    })?;
    add(native, "parseUrl", |text: String, base: Option<String>| urls::parse(&text, base.as_deref()))?;
    add(native, "changeUrl", |href: String, part: String, value: String| urls::change(&href, &part, &value))
}

fn add_zlib<'js>(native: &Object<'js>) -> Result<()> {
    add(native, "deflate", |ctx, window_bits, level, mem_level, strategy, dictionary: Value<'js>| {
        let parameters = Parameters { window_bits, level, mem_level, strategy };
        zlib::steps(&ctx, bytes_of(&dictionary, |bytes| Stream::deflate(&parameters, bytes))?)
    })?;
    add(native, "inflate", |ctx, window_bits: i32, dictionary: Value<'js>| {
        zlib::steps(&ctx, bytes_of(&dictionary, |bytes| Stream::inflate(window_bits, bytes))?)
    })?;
    add(native, "crc32", |bytes: Value<'js>, value: i32| zlib::crc32(&bytes, value))
}

fn add_files<'js>(native: &Object<'js>) -> Result<()> {
    add(native, "readFile", |ctx, path: String| files::read(ctx, &path))?;
    add(native, "writeFile", |ctx: Ctx<'js>, path: String, bytes: Value<'js>, flag: String, mode: u32| {
        bytes_of(&bytes, |bytes| files::write(&ctx, &path, bytes, &flag, mode))?
    })?;
    add(native, "stat", |ctx: Ctx<'js>, path: String, follow: bool| files::stat(&ctx, &path, follow))?;
    add(native, "list", |ctx: Ctx<'js>, path: String| files::list(&ctx, &path))?;
    add(native, "makeFolder", |ctx: Ctx<'js>, path: String, deep: bool| files::make_folder(&ctx, &path, deep))?;
    add(native, "remove", |ctx: Ctx<'js>, path: String, kind: String| files::remove(&ctx, &path, &kind))?;
    add(native, "rename", |ctx: Ctx<'js>, from: String, to: String| files::rename(&ctx, &from, &to))?;
    add(native, "writeDescriptor", |descriptor: i32, bytes: Value<'js>| {
        bytes_of(&bytes, |bytes| files::write_descriptor(descriptor, bytes))
    })
}

fn add_timers<'js>(native: &Object<'js>, shared: &Rc<Shared>) -> Result<()> {
    let state = shared.clone();
    add(native, "setTimer", move |id: u32, delay_ms: f64| state.timers.borrow_mut().set(id, delay_ms))?;
    let state = shared.clone();
    add(native, "clearTimer", move |id: u32| state.timers.borrow_mut().clear(id))?;
    let state = shared.clone();
    add(native, "refTimer", move |id: u32, is_ref: bool| state.timers.borrow_mut().set_ref(id, is_ref))
}

fn add_sockets<'js>(native: &Object<'js>, shared: &Rc<Shared>) -> Result<()> {
    let state = shared.clone();
    add(native, "connect", move |id: u32, host: String, port: u16, no_delay: bool, server_name: Option<String>| {
        state.sockets.borrow_mut().connect(id, &host, port, no_delay, server_name);
    })?;
    let state = shared.clone();
    add(native, "receiveInto", move |id: u32, buffer: TypedArray<'js, u8>| {
        let ctx = buffer.as_value().ctx().clone();
        state.receivers.borrow_mut().insert(id, Receiver::new(&ctx, buffer));
    })?;
    let state = shared.clone();
    add(native, "readAnswers", move |id: u32, on_answers: Function<'js>| {
        if let Some(receiver) = state.receivers.borrow_mut().get_mut(&id) {
            receiver.listen(on_answers);
        }
    })?;
    let state = shared.clone();
    add(
        native,
        "sendRequest",
        move |id: u32, head: Value<'js>, body: Option<Value<'js>>, following: Option<Value<'js>>| {
            let mut text = bytes_of(&head, <[u8]>::to_vec)?;
            match &body {
                Some(body) => bytes_of(body, |body| http::add_body(&mut text, body))?,
                None => http::end_head(&mut text),
            }
            if let Some(head) = &following {
                bytes_of(head, |head| text.extend_from_slice(head))?;
                http::end_head(&mut text);
            }
            if let Some(receiver) = state.receivers.borrow_mut().get_mut(&id) {
                receiver.expect(1 + usize::from(following.is_some()));
            }
            let mut sockets = state.sockets.borrow_mut();
            sockets.set_ref(id, true);
            sockets.write(id, &text);
            Ok::<_, rquickjs::Error>(())
        },
    )?;
    let state = shared.clone();
    add(native, "writeSocket", move |id: u32, bytes: Value<'js>| {
        bytes_of(&bytes, |bytes| state.sockets.borrow_mut().write(id, bytes))
    })?;
    let state = shared.clone();
    add(native, "endSocket", move |id: u32| state.sockets.borrow_mut().end(id))?;
    let state = shared.clone();
    add(native, "destroySocket", move |id: u32| {
        state.sockets.borrow_mut().destroy(id);
        state.receivers.borrow_mut().remove(&id);
    })?;
    let state = shared.clone();
    add(native, "refSocket", move |id: u32, is_ref: bool| state.sockets.borrow_mut().set_ref(id, is_ref))?;
    let state = shared.clone();
    add(native, "pauseSocket", move |id: u32, is_paused: bool| state.sockets.borrow_mut().set_paused(id, is_paused))
}
