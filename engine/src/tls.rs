//! TLS 1.2 and 1.3 on a socket that does not block. Trusted are the certificates of the system, or those that `SSL_CERT_FILE`
//! and `SSL_CERT_DIR` name, and those of `NODE_EXTRA_CA_CERTS`.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};

/// One connection's.
pub struct Tls {
    connection: ClientConnection,
}

/// What has arrived.
pub struct Received {
    pub bytes: Vec<u8>,
    pub has_ended: bool,
}

/// A failure, as Node.js names it.
pub struct TlsError {
    pub code: &'static str,
    pub message: String,
}

/// More waits in JavaScript.
const BUFFER_BYTES: usize = 64 * 1024;

impl Tls {
    /// # Errors
    /// For a name that no certificate can have.
    pub fn new(name: &str) -> std::result::Result<Self, TlsError> {
        let invalid = |message: String| TlsError { code: "ERR_TLS_CERT_ALTNAME_INVALID", message };
        let server = ServerName::try_from(name.to_owned()).map_err(|error| invalid(error.to_string()))?;
        let mut connection =
            ClientConnection::new(configuration(), server).map_err(|error| invalid(error.to_string()))?;
        connection.set_buffer_limit(Some(BUFFER_BYTES));
        Ok(Self { connection })
    }

    pub fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    pub fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// Takes what fits; returns how many bytes.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        self.connection.writer().write(bytes).unwrap_or(0)
    }

    /// Sends what the system takes.
    pub fn send(&mut self, stream: &mut TcpStream) -> Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(stream) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Says that nothing more comes.
    pub fn close(&mut self) {
        self.connection.send_close_notify();
    }

    pub fn receive(&mut self, stream: &mut TcpStream) -> std::result::Result<Received, TlsError> {
        let mut has_ended = match self.connection.read_tls(stream) {
            Ok(count) => count == 0,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => return Err(TlsError { code: "ECONNRESET", message: format!("read ECONNRESET: {error}") }),
        };
        let state = match self.connection.process_new_packets() {
            Ok(state) => state,
            Err(error) => {
                // The alert; whether it arrives changes nothing.
                let _ = self.send(stream);
                return Err(TlsError { code: code_of(&error), message: error.to_string() });
            }
        };
        let mut bytes = vec![0; state.plaintext_bytes_to_read()];
        if self.connection.reader().read_exact(&mut bytes).is_err() {
            bytes.clear();
        }
        has_ended |= state.peer_has_closed();
        Ok(Received { bytes, has_ended })
    }
}

fn code_of(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "CERT_HAS_EXPIRED",
            CertificateError::UnknownIssuer => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "ERR_TLS_CERT_ALTNAME_INVALID"
            }
            _ => "CERT_REJECTED",
        },
        _ => "EPROTO",
    }
}

/// The same for all connections; certificates are read when the first one is made.
fn configuration() -> Arc<ClientConfig> {
    static CONFIGURATION: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let make = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = std::env::var_os("NODE_EXTRA_CA_CERTS") {
            // As Node.js: a file that cannot be read is no reason to fail.
            let extra = CertificateDer::pem_file_iter(path).into_iter().flatten().flatten();
            roots.add_parsable_certificates(extra);
        }
        Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    };
    CONFIGURATION.get_or_init(make).clone()
}
