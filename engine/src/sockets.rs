//! TCP sockets that never block. Their events go to `modules/net.ts`, which names them by a number.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::vec::IntoIter;

use rustix::event::PollFlags;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::net::{connect, socket_with, sockopt, AddressFamily, SocketFlags, SocketType};

use crate::tls::{Tls, TlsError};

/// What happened to a socket.
pub enum SocketEvent {
    Connected,
    Data(Vec<u8>),
    /// The other side sends nothing more.
    End,
    /// Everything written so far is with the system.
    Drained,
    /// Nothing more will happen; the code is that of Node.js.
    Failed {
        code: String,
        message: String,
    },
}

enum State {
    Resolving,
    Connecting(TcpStream, SocketAddr),
    Open(TcpStream),
}

struct Socket {
    state: State,
    /// Addresses that were not tried yet.
    addresses: IntoIter<SocketAddr>,
    no_delay: bool,
    /// The name on the certificate, where the connection is to be encrypted; the rest begins with the connection.
    server_name: Option<String>,
    tls: Option<Tls>,
    waiting: Vec<u8>,
    is_ref: bool,
    is_paused: bool,
    has_ended: bool,
    /// `end` was called: closed for writing once nothing waits.
    is_ending: bool,
}

impl Socket {
    /// Whether the system has to be asked when it takes more.
    fn has_output(&self) -> bool {
        match &self.tls {
            Some(tls) => tls.wants_write() || (!tls.is_handshaking() && !self.waiting.is_empty()),
            None => !self.waiting.is_empty(),
        }
    }

    fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        match &self.state {
            State::Resolving => None,
            State::Connecting(stream, _) => Some((stream.as_fd(), PollFlags::OUT)),
            State::Open(stream) => {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::IN, !self.is_paused && !self.has_ended);
                flags.set(PollFlags::OUT, self.has_output());
                // Without any the end of the connection would be reported again and again.
                (!flags.is_empty()).then_some((stream.as_fd(), flags))
            }
        }
    }
}

type Resolution = (u32, std::io::Result<IntoIter<SocketAddr>>);

/// All that are open.
pub struct Sockets {
    by_id: HashMap<u32, Socket>,
    resolver: (Sender<Resolution>, Receiver<Resolution>),
    /// Wakes the event loop when a name is resolved.
    wake: TcpWaker,
    /// What is read stands here first: it is mostly short.
    buffer: Vec<u8>,
}

/// The writing end of a pair of sockets.
pub type TcpWaker = std::os::unix::net::UnixStream;

const READ_BYTES: usize = 64 * 1024;

impl Sockets {
    pub fn new(wake: TcpWaker) -> Self {
        Self { by_id: HashMap::new(), resolver: channel(), wake, buffer: vec![0; READ_BYTES] }
    }

    /// Begins to connect. Failures come as events, also those that are known at once.
    pub fn connect(&mut self, id: u32, host: &str, port: u16, no_delay: bool, server_name: Option<String>) {
        let socket = Socket {
            state: State::Resolving,
            addresses: Vec::new().into_iter(),
            no_delay,
            server_name,
            tls: None,
            waiting: Vec::new(),
            is_ref: true,
            is_paused: false,
            has_ended: false,
            is_ending: false,
        };
        self.by_id.insert(id, socket);
        let sender = self.resolver.0.clone();
        if let Ok(address) = host.parse().map(|ip| SocketAddr::new(ip, port)) {
            // The loop looks for results before it waits.
            let _ = sender.send((id, Ok(vec![address].into_iter())));
            return;
        }
        let (host, wake) = (host.to_owned(), self.wake.try_clone());
        std::thread::spawn(move || {
            let _ = sender.send((id, (host.as_str(), port).to_socket_addrs()));
            if let Ok(mut wake) = wake {
                let _ = wake.write_all(&[0]);
            }
        });
    }

    /// Sends at once what the system takes. Returns how many bytes wait.
    pub fn write(&mut self, id: u32, bytes: &[u8]) -> usize {
        let Some(socket) = self.by_id.get_mut(&id) else { return 0 };
        socket.waiting.extend_from_slice(bytes);
        // An error shows again when the loop looks at the socket.
        let _ = flush(socket);
        socket.waiting.len()
    }

    /// Closes for writing, behind everything written.
    pub fn end(&mut self, id: u32) {
        if let Some(socket) = self.by_id.get_mut(&id) {
            socket.is_ending = true;
            let _ = flush(socket);
        }
    }

    pub fn destroy(&mut self, id: u32) {
        self.by_id.remove(&id);
    }

    pub fn set_ref(&mut self, id: u32, is_ref: bool) {
        if let Some(socket) = self.by_id.get_mut(&id) {
            socket.is_ref = is_ref;
        }
    }

    pub fn set_paused(&mut self, id: u32, is_paused: bool) {
        if let Some(socket) = self.by_id.get_mut(&id) {
            socket.is_paused = is_paused;
        }
    }

    pub fn is_alive(&self) -> bool {
        self.by_id.values().any(|socket| socket.is_ref)
    }

    /// What is to be waited for.
    pub fn interests(&self) -> Vec<(u32, BorrowedFd<'_>, PollFlags)> {
        self.by_id.iter().filter_map(|(id, socket)| socket.interest().map(|(fd, flags)| (*id, fd, flags))).collect()
    }

    /// Goes on with names that were resolved in the meantime.
    pub fn take_resolved(&mut self) -> Vec<(u32, SocketEvent)> {
        let mut events = Vec::new();
        while let Ok((id, result)) = self.resolver.1.try_recv() {
            let Some(socket) = self.by_id.get_mut(&id) else { continue };
            let event = match result {
                Ok(addresses) => {
                    socket.addresses = addresses;
                    connect_next(socket, None)
                }
                Err(error) => Some(SocketEvent::Failed {
                    code: "ENOTFOUND".into(),
                    message: format!("getaddrinfo ENOTFOUND: {error}"),
                }),
            };
            events.extend(event.map(|event| (id, event)));
        }
        events
    }

    /// Does what the system says that can be done.
    pub fn proceed(&mut self, id: u32, flags: PollFlags) -> Vec<SocketEvent> {
        let Some(socket) = self.by_id.get_mut(&id) else { return Vec::new() };
        match &mut socket.state {
            State::Resolving => Vec::new(),
            State::Connecting(..) => connected(socket),
            State::Open(_) => {
                let mut events = Vec::new();
                if flags.contains(PollFlags::OUT) {
                    if let Err(error) = flush(socket) {
                        return vec![failed("write", &error, None)];
                    }
                    if socket.waiting.is_empty() {
                        events.push(SocketEvent::Drained);
                    }
                }
                if flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) && !socket.is_paused {
                    events.extend(read(socket, &mut self.buffer));
                }
                events
            }
        }
    }
}

fn read(socket: &mut Socket, buffer: &mut [u8]) -> Vec<SocketEvent> {
    let State::Open(stream) = &mut socket.state else { return Vec::new() };
    if let Some(tls) = &mut socket.tls {
        let was_handshaking = tls.is_handshaking();
        let received = match tls.receive(stream) {
            Ok(received) => received,
            Err(error) => return vec![refused(error)],
        };
        socket.has_ended = received.has_ended;
        let is_secure = was_handshaking && !tls.is_handshaking();
        if let Err(error) = flush(socket) {
            return vec![failed("write", &error, None)];
        }
        let connected = is_secure.then_some(SocketEvent::Connected);
        let data = (!received.bytes.is_empty()).then_some(SocketEvent::Data(received.bytes));
        let end = received.has_ended.then_some(SocketEvent::End);
        return connected.into_iter().chain(data).chain(end).collect();
    }
    match stream.read(buffer) {
        Ok(0) => {
            socket.has_ended = true;
            vec![SocketEvent::End]
        }
        Ok(count) => vec![SocketEvent::Data(buffer[..count].to_vec())],
        Err(error) if error.kind() == ErrorKind::WouldBlock => Vec::new(),
        Err(error) => vec![failed("read", &error, None)],
    }
}

/// Gives the system what it takes, and closes for writing behind the last byte.
fn flush(socket: &mut Socket) -> std::io::Result<()> {
    let State::Open(stream) = &mut socket.state else { return Ok(()) };
    if let Some(tls) = &mut socket.tls {
        loop {
            tls.send(stream)?;
            if tls.is_handshaking() || tls.wants_write() || socket.waiting.is_empty() {
                break;
            }
            let taken = tls.write(&socket.waiting);
            socket.waiting.drain(..taken);
        }
    } else {
        let mut sent = 0;
        while sent < socket.waiting.len() {
            match stream.write(&socket.waiting[sent..]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        socket.waiting.drain(..sent);
    }
    if socket.is_ending && !socket.has_output() && socket.waiting.is_empty() {
        if let (State::Open(stream), Some(tls)) = (&mut socket.state, &mut socket.tls) {
            tls.close();
            tls.send(stream)?;
        }
        if let State::Open(stream) = &socket.state {
            // It fails where the other side is gone, which reading tells.
            let _ = stream.shutdown(std::net::Shutdown::Write);
        }
        socket.is_ending = false;
    }
    Ok(())
}

fn connected(socket: &mut Socket) -> Vec<SocketEvent> {
    let State::Connecting(stream, address) = std::mem::replace(&mut socket.state, State::Resolving) else {
        return Vec::new();
    };
    if let Err(error) | Ok(Err(error)) = sockopt::socket_error(&stream) {
        let event = failed("connect", &error.into(), Some(address));
        return connect_next(socket, Some(event)).into_iter().collect();
    }
    // It only makes small writes wait.
    let _ = stream.set_nodelay(socket.no_delay);
    socket.state = State::Open(stream);
    if let Some(name) = socket.server_name.take() {
        match Tls::new(&name) {
            Ok(tls) => socket.tls = Some(tls),
            Err(error) => return vec![refused(error)],
        }
    }
    if let Err(error) = flush(socket) {
        return vec![failed("write", &error, None)];
    }
    if socket.tls.is_some() {
        return Vec::new();
    }
    let drained = socket.waiting.is_empty().then_some(SocketEvent::Drained);
    [SocketEvent::Connected].into_iter().chain(drained).collect()
}

/// The next address, or the failure of the last one.
fn connect_next(socket: &mut Socket, mut failure: Option<SocketEvent>) -> Option<SocketEvent> {
    for address in socket.addresses.by_ref() {
        match begin(address) {
            Ok(stream) => {
                socket.state = State::Connecting(stream, address);
                return None;
            }
            Err(error) => failure = Some(failed("connect", &error.into(), Some(address))),
        }
    }
    failure
}

fn begin(address: SocketAddr) -> Result<TcpStream, Errno> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)?;
    match connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket.into()),
        Err(error) => Err(error),
    }
}

fn refused(TlsError { code, message }: TlsError) -> SocketEvent {
    SocketEvent::Failed { code: code.into(), message }
}

fn failed(action: &str, error: &std::io::Error, address: Option<SocketAddr>) -> SocketEvent {
    let code = crate::files::code_of(error);
    let place = address.map_or(String::new(), |address| format!(" {address}"));
    SocketEvent::Failed { message: format!("{action} {code}{place}"), code }
}
