//! TCP sockets that never block. Their events go to `modules/net.ts`, which names them by a number.

use std::collections::HashMap;
use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{channel, Receiver, Sender};

use rustix::event::PollFlags;
use rustix::fd::BorrowedFd;

use crate::socket::{Addresses, Socket, SocketEvent};

type Resolution = (u32, Addresses);

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
        self.by_id.insert(id, Socket::new(no_delay, server_name));
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
        self.by_id.get_mut(&id).map_or(0, |socket| socket.write(bytes))
    }

    /// Closes for writing, behind everything written.
    pub fn end(&mut self, id: u32) {
        if let Some(socket) = self.by_id.get_mut(&id) {
            socket.end();
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
            let event = socket.resolved(result);
            events.extend(event.map(|event| (id, event)));
        }
        events
    }

    /// Does what the system says that can be done.
    pub fn proceed(&mut self, id: u32, flags: PollFlags) -> Vec<SocketEvent> {
        self.by_id.get_mut(&id).map_or_else(Vec::new, |socket| socket.proceed(flags, &mut self.buffer))
    }
}
