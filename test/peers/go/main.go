// Succeeds or fails as the event says, on aws-lambda-go.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() {
	lambda.Start(handle)
}

func handle(ctx context.Context, event map[string]any) (map[string]any, error) {
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
	}
	invocation, _ := lambdacontext.FromContext(ctx)
	event["requestId"] = invocation.AwsRequestID
	event["pid"] = os.Getpid()
	return event, nil
}
