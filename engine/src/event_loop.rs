//! The event loop: microtasks, rejections nobody handles, timers, sockets and signals, until nothing is left to wait for.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

use rquickjs::promise::PromiseState;
use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Exception, Function, IntoJs, Persistent, Promise, Runtime, TypedArray,
    Value,
};
use rustix::event::{poll, PollFd, PollFlags, Timespec};

use crate::memory::StartMemory;
use crate::modules::{Modules, Neighbours};
use crate::payload::Payload;
use crate::receiver::{fill, Receiver};
use crate::socket::SocketEvent;
use crate::sockets::Sockets;
use crate::timers::Timers;

/// Recursion needs less than Node.js allows; the main thread's stack is 8 MiB.
const STACK_BYTES: usize = 4 * 1024 * 1024;
/// Cycles are collected for the first time when this much is in use, and then whenever it has grown by half: what a bundle
/// builds up while it is loaded stays, and looking through it again and again takes a tenth of the start.
const FIRST_COLLECTION_BYTES: usize = 32 * 1024 * 1024;
/// As Node.js: a module that awaits what can never come.
const UNSETTLED_EXIT_CODE: u8 = 13;

/// What the bindings change and the loop looks at.
pub struct Shared {
    pub timers: RefCell<Timers>,
    pub sockets: RefCell<Sockets>,
    /// Of the sockets whose bytes are wanted in a buffer.
    pub receivers: RefCell<HashMap<u32, Receiver>>,
    pub signals: RefCell<HashMap<i32, UnixStream>>,
    /// `(kind, id, value)`: set by `modules/event-loop.ts`.
    pub dispatch: RefCell<Option<Persistent<Function<'static>>>>,
    has_rejections: Cell<bool>,
}

/// Runs a bundle to its end, with the exit code of the process.
pub fn run(payload: &Payload, name: &str) -> ExitCode {
    match start(payload, name) {
        Ok(code) => code,
        Err(message) => crate::fail(&message),
    }
}

fn start(payload: &Payload, name: &str) -> Result<ExitCode, String> {
    let (wake, woken) = UnixStream::pair().map_err(|error| error.to_string())?;
    woken.set_nonblocking(true).map_err(|error| error.to_string())?;
    let shared = Rc::new(Shared {
        timers: RefCell::default(),
        sockets: RefCell::new(Sockets::new(wake)),
        receivers: RefCell::default(),
        signals: RefCell::default(),
        dispatch: RefCell::default(),
        has_rejections: Cell::new(false),
    });
    let memory = StartMemory::for_bundle(payload.bytes().len());
    let runtime = Runtime::new_with_alloc(memory).map_err(|error| error.to_string())?;
    runtime.set_max_stack_size(STACK_BYTES);
    runtime.set_gc_threshold(FIRST_COLLECTION_BYTES);
    if let Payload::Bytecode(bytecode) = payload {
        runtime.set_loader(Neighbours, Modules::of(bytecode));
    }
    track_rejections(&runtime, &shared);
    let context = Context::full(&runtime).map_err(|error| error.to_string())?;
    let evaluation = context.with(|ctx| {
        crate::bindings::install(&ctx, &shared).catch(&ctx).map_err(|error| error.to_string())?;
        let promise = crate::evaluate(&ctx, payload, name).catch(&ctx).map_err(|error| error.to_string())?;
        Ok::<_, String>(Persistent::save(&ctx, promise))
    })?;
    let mut event_loop = EventLoop { runtime, context, shared, woken, evaluation, has_failed: Cell::new(false) };
    event_loop.run_until_empty();
    let is_pending = event_loop.evaluation_state() == PromiseState::Pending;
    let code = event_loop.dispatch("exit", 0, ()).unwrap_or(0);
    // No destructors: the process takes its memory with it.
    std::process::exit(if is_pending && code == 0 { UNSETTLED_EXIT_CODE.into() } else { code })
}

fn track_rejections(runtime: &Runtime, shared: &Rc<Shared>) {
    let shared = shared.clone();
    runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, is_handled| {
        shared.has_rejections.set(true);
        let dispatch = shared.dispatch.borrow().clone().and_then(|dispatch| dispatch.restore(&ctx).ok());
        let kind = if is_handled { "handled" } else { "rejected" };
        if let Some(dispatch) = dispatch {
            drop(dispatch.call::<_, ()>((kind, 0, promise, reason)).catch(&ctx));
        }
    })));
}

fn describe<'js>(ctx: &Ctx<'js>, thrown: Value<'js>) -> String {
    match thrown.clone().into_object().and_then(Exception::from_object) {
        Some(exception) => exception.to_string(),
        None => ctx.json_stringify(thrown).ok().flatten().and_then(|text| text.to_string().ok()).unwrap_or_default(),
    }
}

struct EventLoop {
    runtime: Runtime,
    context: Context,
    shared: Rc<Shared>,
    woken: UnixStream,
    /// Of the bundle: settled once its last line has run.
    evaluation: Persistent<Promise<'static>>,
    has_failed: Cell<bool>,
}

impl EventLoop {
    fn run_until_empty(&mut self) {
        loop {
            self.run_microtasks();
            if !self.is_alive() {
                self.dispatch::<_, ()>("idle", 0, ());
                self.run_microtasks();
                if !self.is_alive() {
                    return;
                }
            }
            self.wait();
        }
    }

    fn is_alive(&self) -> bool {
        self.shared.timers.borrow().is_alive() || self.shared.sockets.borrow().is_alive()
    }

    /// Until there are none, and every rejection is handled or reported.
    fn run_microtasks(&self) {
        loop {
            match self.runtime.execute_pending_job() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(failed) => {
                    failed.0.with(|ctx| {
                        let thrown = ctx.catch();
                        self.call::<_, ()>(&ctx, "uncaught", 0, thrown);
                    });
                    continue;
                }
            }
            if !self.shared.has_rejections.replace(false) {
                return;
            }
            if self.evaluation_state() == PromiseState::Rejected && !self.has_failed.replace(true) {
                self.fail();
            }
            self.dispatch::<_, ()>("rejections", 0, ());
        }
    }

    fn evaluation_state(&self) -> PromiseState {
        self.context
            .with(|ctx| self.evaluation.clone().restore(&ctx).map_or(PromiseState::Pending, |promise| promise.state()))
    }

    /// As in Node.js, what the bundle itself throws is an exception, also behind an `await`.
    fn fail(&self) {
        self.context.with(|ctx| {
            let Ok(promise) = self.evaluation.clone().restore(&ctx) else { return };
            let Some(Err(_)) = promise.result::<()>() else { return };
            let thrown = ctx.catch();
            if self.shared.dispatch.borrow().is_none() {
                // In its first lines, before there was a process object.
                eprintln!("{}", describe(&ctx, thrown));
                std::process::exit(1);
            }
            self.call::<_, ()>(&ctx, "handled", 0, promise);
            self.call::<_, ()>(&ctx, "uncaught", 1, thrown);
        });
    }

    fn wait(&mut self) {
        let resolved = self.shared.sockets.borrow_mut().take_resolved();
        if !resolved.is_empty() {
            return resolved.into_iter().for_each(|(id, event)| self.socket_event(id, event));
        }
        let ready = self.poll();
        for (source, flags) in ready {
            match source {
                Source::Wake => drop(self.woken.read(&mut [0; 64])),
                Source::Signal(number) => {
                    if let Some(stream) = self.shared.signals.borrow_mut().get_mut(&number) {
                        let _ = stream.read(&mut [0; 64]);
                    }
                    self.dispatch::<_, ()>("signal", number, ());
                    self.run_microtasks();
                }
                Source::Socket(id) => {
                    let events = self.shared.sockets.borrow_mut().proceed(id, flags);
                    events.into_iter().for_each(|event| self.socket_event(id, event));
                }
            }
        }
        let now = Instant::now();
        loop {
            let due = self.shared.timers.borrow_mut().pop(now);
            let Some(id) = due else { return };
            self.dispatch::<_, ()>("timer", id, ());
            self.run_microtasks();
        }
    }

    fn poll(&self) -> Vec<(Source, PollFlags)> {
        let sockets = self.shared.sockets.borrow();
        let signals = self.shared.signals.borrow();
        let mut sources = vec![Source::Wake];
        let mut descriptors = vec![PollFd::new(&self.woken, PollFlags::IN)];
        for (number, stream) in signals.iter() {
            sources.push(Source::Signal(*number));
            descriptors.push(PollFd::new(stream, PollFlags::IN));
        }
        for (id, descriptor, flags) in sockets.interests() {
            sources.push(Source::Socket(id));
            descriptors.push(PollFd::from_borrowed_fd(descriptor, flags));
        }
        let timeout = self.shared.timers.borrow().wait().and_then(|wait| Timespec::try_from(wait).ok());
        // Interrupted by a signal, it says that nothing is ready.
        let _ = poll(&mut descriptors, timeout.as_ref());
        let ready = descriptors.iter().map(PollFd::revents).zip(sources);
        ready.filter(|(flags, _)| !flags.is_empty()).map(|(flags, source)| (source, flags)).collect()
    }

    fn socket_event(&self, id: u32, event: SocketEvent) {
        match event {
            SocketEvent::Connected => self.dispatch::<_, ()>("connected", id, ()),
            SocketEvent::Data(bytes) => self.received(id, bytes),
            SocketEvent::End => self.dispatch("end", id, ()),
            SocketEvent::Drained => self.dispatch("drained", id, ()),
            SocketEvent::Failed { code, message } => self.dispatch("failed", id, vec![code, message]),
        };
        self.run_microtasks();
    }

    /// Bytes for JavaScript: in the buffer that it wants them in, or in an array of their own.
    fn received(&self, id: u32, bytes: Vec<u8>) -> Option<()> {
        self.context.with(|ctx| {
            let receivers = self.shared.receivers.borrow_mut();
            let Ok(mut receiver) = RefMut::filter_map(receivers, |receivers| receivers.get_mut(&id)) else {
                return TypedArray::new(ctx.clone(), bytes).ok().and_then(|array| self.call(&ctx, "data", id, array));
            };
            let buffer = receiver.buffer(&ctx).ok()?;
            let (read, answers) = self.report(receiver.read(&ctx, &bytes).catch(&ctx))?;
            drop(receiver);
            if let Some(answers) = answers {
                if answers.has_last() {
                    self.shared.sockets.borrow_mut().set_ref(id, false);
                }
                self.report(answers.tell().catch(&ctx))?;
            }
            let mut rest = &bytes[read..];
            while !rest.is_empty() {
                let count = fill(&buffer, rest)?;
                rest = &rest[count..];
                self.call::<_, ()>(&ctx, "data", id, count)?;
            }
            Some(())
        })
    }

    fn dispatch<I: for<'js> IntoJs<'js>, R: for<'js> rquickjs::FromJs<'js>>(
        &self,
        kind: &str,
        id: impl for<'js> IntoJs<'js>,
        value: I,
    ) -> Option<R> {
        self.context.with(|ctx| self.call(&ctx, kind, id, value))
    }

    fn call<'js, I: IntoJs<'js>, R: rquickjs::FromJs<'js>>(
        &self,
        ctx: &Ctx<'js>,
        kind: &str,
        id: impl IntoJs<'js>,
        value: I,
    ) -> Option<R> {
        let dispatch = self.shared.dispatch.borrow().clone()?.restore(ctx).ok()?;
        self.report(dispatch.call((kind, id, value)).catch(ctx))
    }

    /// What JavaScript throws there it has caught itself; a failure here is one of the engine.
    fn report<R>(&self, result: Result<R, CaughtError<'_>>) -> Option<R> {
        result.inspect_err(|error| eprintln!("native engine: {error}")).ok()
    }
}

/// What a ready descriptor belongs to.
enum Source {
    Wake,
    Signal(i32),
    Socket(u32),
}
