//! Succeeds or fails as the event says, on `lambda_runtime`; many events at the same time where Lambda allows it.
use lambda_runtime::{service_fn, Error, LambdaEvent, Runtime};
use serde_json::Value;
use tokio::{io::AsyncReadExt, net::TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Runtime::new(service_fn(handle)).run_concurrent().await
}

async fn handle(LambdaEvent { payload: mut event, context }: LambdaEvent<Value>) -> Result<Value, Error> {
    match event["do"].as_str() {
        Some("fail") => Err("bad order".into()),
        Some("hang") => std::future::pending().await,
        Some("crash") => std::process::abort(),
        Some("panic") => panic!("bad order"),
        Some("exit") => std::process::exit(3),
        what => {
            if what == Some("meet") {
                // Whoever listens hangs up when all are there.
                let mut socket = TcpStream::connect(event["at"].as_str().unwrap_or_default()).await?;
                socket.read_to_end(&mut Vec::new()).await?;
            }
            event["requestId"] = context.request_id.into();
            event["pid"] = std::process::id().into();
            Ok(event)
        }
    }
}
