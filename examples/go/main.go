// Greets who is named in the event.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type greeting struct {
	Message string `json:"message"`
}

func greet(_ context.Context, event struct{ Name string }) (greeting, error) {
	return greeting{Message: "Hello, " + event.Name + "!"}, nil
}

func main() {
	lambda.Start(greet)
}
