package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

// One connection to the Runtime API. Requests are written by hand, so that nothing is added to them.
type connection struct {
	socket net.Conn
	reader *bufio.Reader
}

// What the Runtime API answered; header names in lower case.
type answer struct {
	Status    int               `json:"status"`
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body"`
	BodyBytes int               `json:"bodyBytes"`
}

// More of a body is not told: a line of the log must stay one.
const maxBody = 2000

func dial() *connection {
	socket, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	check(err)
	return &connection{socket, bufio.NewReader(socket)}
}

func (c *connection) write(s step) {
	var request strings.Builder
	fmt.Fprintf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\n", s.Method, s.Path, os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	for name, value := range s.Headers {
		fmt.Fprintf(&request, "%s: %s\r\n", name, value)
	}
	if s.Chunks != nil {
		request.WriteString("Transfer-Encoding: chunked\r\n\r\n" + chunked(s))
	} else if s.Method == "GET" {
		request.WriteString("\r\n")
	} else {
		fmt.Fprintf(&request, "Content-Length: %d\r\n\r\n%s", len(s.Body), s.Body)
	}
	_, err := io.WriteString(c.socket, request.String())
	check(err)
}

// A body in pieces, with what stands behind it; without an end where the rest is to come, or never comes.
func chunked(s step) string {
	var body strings.Builder
	for _, chunk := range s.Chunks {
		fmt.Fprintf(&body, "%x\r\n%s\r\n", len(chunk), chunk)
	}
	if s.Unfinished {
		return body.String()
	}
	body.WriteString("0\r\n")
	for name, value := range s.Trailers {
		fmt.Fprintf(&body, "%s: %s\r\n", name, value)
	}
	return body.String() + "\r\n"
}

func (c *connection) read() answer {
	response, err := http.ReadResponse(c.reader, nil)
	check(err)
	body, err := io.ReadAll(response.Body)
	check(err)
	headers := map[string]string{}
	for name, values := range response.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return answer{response.StatusCode, headers, string(body), len(body)}
}

func (c *connection) close() {
	check(c.socket.Close())
}

func (a answer) cut() answer {
	if len(a.Body) > maxBody {
		a.Body = a.Body[:maxBody]
	}
	return a
}
