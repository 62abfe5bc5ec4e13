// Succeeds or fails as the event says, on aws-lambda-go.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() {
	lambda.Start(handle)
}

func handle(ctx context.Context, event map[string]any) (any, error) {
	switch event["do"] {
	case "fail":
		return nil, errors.New("bad order")
	case "hang":
		for {
			time.Sleep(time.Hour)
		}
	case "crash":
		panic("bad order")
	case "exit":
		os.Exit(3)
	case "stream":
		return stream(event["failing"] == true), nil
	}
	invocation, _ := lambdacontext.FromContext(ctx)
	event["requestId"] = invocation.AwsRequestID
	event["pid"] = os.Getpid()
	return event, nil
}

func stream(failing bool) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		for _, piece := range []string{"one ", "two ", "three"} {
			io.WriteString(writer, piece)
		}
		if failing {
			writer.CloseWithError(errors.New("no more"))
		} else {
			writer.Close()
		}
	}()
	return reader
}
