//! One TCP connection: how it is opened, and what it takes and gives without ever blocking.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::vec::IntoIter;

use rustix::event::PollFlags;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::net::{connect, socket_with, sockopt, AddressFamily, SocketFlags, SocketType};

use crate::tls::{Tls, TlsError};

/// The addresses of a name, as the system's resolver gives them.
pub type Addresses = std::io::Result<IntoIter<SocketAddr>>;

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

pub struct Socket {
    state: State,
    /// Addresses that were not tried yet.
    addresses: IntoIter<SocketAddr>,
    no_delay: bool,
    /// The name on the certificate, where the connection is to be encrypted; the rest begins with the connection.
    server_name: Option<String>,
    tls: Option<Tls>,
    waiting: Vec<u8>,
    pub is_ref: bool,
    pub is_paused: bool,
    has_ended: bool,
    /// `end` was called: closed for writing once nothing waits.
    is_ending: bool,
}

impl Socket {
    pub fn new(no_delay: bool, server_name: Option<String>) -> Self {
        Self {
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
        }
    }

    /// Begins to connect.
    pub fn resolved(&mut self, addresses: Addresses) -> Option<SocketEvent> {
        match addresses {
            Ok(addresses) => {
                self.addresses = addresses;
                connect_next(self, None)
            }
            Err(error) => Some(SocketEvent::Failed {
                code: "ENOTFOUND".into(),
                message: format!("getaddrinfo ENOTFOUND: {error}"),
            }),
        }
    }

    /// Sends at once what the system takes. Returns how many bytes wait.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        self.waiting.extend_from_slice(bytes);
        // An error shows again when the loop looks at the socket.
        let _ = flush(self);
        self.waiting.len()
    }

    /// Closes for writing, behind everything written.
    pub fn end(&mut self) {
        self.is_ending = true;
        let _ = flush(self);
    }

    /// Does what the system says that can be done. What is read stands in `buffer` first.
    pub fn proceed(&mut self, flags: PollFlags, buffer: &mut [u8]) -> Vec<SocketEvent> {
        match &mut self.state {
            State::Resolving => Vec::new(),
            State::Connecting(..) => connected(self),
            State::Open(_) => {
                let mut events = Vec::new();
                if flags.contains(PollFlags::OUT) {
                    if let Err(error) = flush(self) {
                        return vec![failed("write", &error, None)];
                    }
                    if self.waiting.is_empty() {
                        events.push(SocketEvent::Drained);
                    }
                }
                if flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) && !self.is_paused {
                    events.extend(read(self, buffer));
                }
                events
            }
        }
    }

    /// Whether the system has to be asked when it takes more.
    fn has_output(&self) -> bool {
        match &self.tls {
            Some(tls) => tls.wants_write() || (!tls.is_handshaking() && !self.waiting.is_empty()),
            None => !self.waiting.is_empty(),
        }
    }

    /// What is to be waited for.
    pub fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
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
