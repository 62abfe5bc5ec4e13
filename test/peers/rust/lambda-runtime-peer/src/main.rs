//! Succeeds, streams or fails as the event says, on `lambda_runtime`; many events at the same time where Lambda allows it.
use lambda_runtime::streaming::{channel, Body};
use lambda_runtime::{service_fn, Error, FunctionResponse, LambdaEvent, Runtime, StreamResponse};
use serde_json::Value;
use tokio::{io::AsyncReadExt, net::TcpStream};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Runtime::new(service_fn(handle)).run_concurrent().await
}

async fn handle(
    LambdaEvent { payload: mut event, context }: LambdaEvent<Value>,
) -> Result<FunctionResponse<Value, Body>, Error> {
    match event["do"].as_str() {
        Some("fail") => Err("bad order".into()),
        Some("hang") => std::future::pending().await,
        Some("crash") => std::process::abort(),
        Some("panic") => panic!("bad order"),
        Some("exit") => std::process::exit(3),
        Some("stream") => Ok(FunctionResponse::StreamingResponse(stream())),
        what => {
            if what == Some("meet") {
                // Whoever listens hangs up when all are there.
                let mut socket = TcpStream::connect(event["at"].as_str().unwrap_or_default()).await?;
                socket.read_to_end(&mut Vec::new()).await?;
            }
            event["requestId"] = context.request_id.into();
            event["pid"] = std::process::id().into();
            Ok(FunctionResponse::BufferedResponse(event))
        }
    }
}

fn stream() -> StreamResponse<Body> {
    let (mut sender, stream) = channel();
    tokio::spawn(async move {
        for piece in ["one ", "two ", "three"] {
            sender.send_data(piece.into()).await.expect("somebody reads it");
        }
    });
    StreamResponse { metadata_prelude: Default::default(), stream }
}
