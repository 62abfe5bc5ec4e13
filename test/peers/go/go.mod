// aws-lambda-go 1.54 is the last one that the Go of Debian 12 (1.19) compiles: 1.55 asks for Go 1.26.
module runtime-aws-lambda/test/peers/go

go 1.18

require github.com/aws/aws-lambda-go v1.54.0
