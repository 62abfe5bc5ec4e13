// Plays the script in the variable SCRIPT once, then answers every event with itself. As an extension it plays that of
// EXTENSION_SCRIPT, then takes events until it is shut down. Knows nothing of what is right: it
// tells what it got, one line of JSON for each step that is to be observed.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// One step of the script; `do` decides which members count.
type step struct {
	Do         string            `json:"do"`
	Observe    bool              `json:"observe"`
	OnlyIf     string            `json:"onlyIf"`
	Connection string            `json:"connection"`
	Method     string            `json:"method"`
	Path       string            `json:"path"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
	Times      int               `json:"times"`
	Chunks     []string          `json:"chunks"`
	Trailers   map[string]string `json:"trailers"`
	Unfinished bool              `json:"unfinished"`
	Stream     string            `json:"stream"`
	Code       int               `json:"code"`
	Signal     int               `json:"signal"`
	Mebibytes  int               `json:"mebibytes"`
}

// What the steps share.
type player struct {
	connections map[string]*connection
	requestId   string
	requestIds  map[string]string
	extensionId string
	event       string
	isExtension bool
}

func main() {
	name := "SCRIPT"
	isExtension := filepath.Base(filepath.Dir(os.Args[0])) == "extensions"
	if isExtension {
		name = "EXTENSION_SCRIPT"
	}
	var script []step
	if text := os.Getenv(name); text != "" {
		check(json.Unmarshal([]byte(text), &script))
	}
	p := &player{connections: map[string]*connection{}, requestIds: map[string]string{}, isExtension: isExtension}
	for index, each := range script {
		if each.OnlyIf == "" || strings.Contains(p.event, each.OnlyIf) {
			p.play(index, each)
		}
	}
	for isExtension {
		headers := map[string]string{"Lambda-Extension-Identifier": p.extensionId}
		next := p.exchange(step{Method: "GET", Path: "/2020-01-01/extension/event/next", Headers: headers})
		if next.Status != 200 || strings.Contains(p.event, "SHUTDOWN") {
			os.Exit(0)
		}
	}
	for {
		next := p.exchange(step{Method: "GET", Path: "/runtime/invocation/next"})
		answer := step{Method: "POST", Path: "/runtime/invocation/{requestId}/response", Body: p.event}
		if next.Status != 200 || p.exchange(answer).Status != 202 {
			fmt.Fprintln(os.Stderr, "scripted-bootstrap: refused", next.Status, next.Body)
			os.Exit(99)
		}
	}
}

func (p *player) play(index int, s step) {
	switch s.Do {
	case "exchange":
		p.report(index, s, p.exchange(s))
	case "send":
		p.connect(s.Connection).write(p.fill(s))
	case "receive":
		p.report(index, s, p.receive(s.Connection))
	case "hangUp":
		p.connect(s.Connection).close()
		delete(p.connections, s.Connection)
	case "write":
		stream := os.Stdout
		if s.Stream == "stderr" {
			stream = os.Stderr
		}
		fmt.Fprint(stream, repeat(p.insert(s.Body), s.Times))
	case "inspect":
		p.report(index, s, inspect())
	case "exit":
		os.Exit(s.Code)
	case "signal":
		sendSignal(s.Signal)
	case "allocate":
		allocate(s.Mebibytes)
	case "hang":
		// Not `select {}`: Go's runtime would call that a deadlock.
		for {
			time.Sleep(time.Hour)
		}
	default:
		check(fmt.Errorf("no step %q", s.Do))
	}
}

func (p *player) connect(name string) *connection {
	if p.connections[name] == nil {
		p.connections[name] = dial()
	}
	return p.connections[name]
}

func (p *player) exchange(s step) answer {
	p.connect(s.Connection).write(p.fill(s))
	return p.receive(s.Connection)
}

func (p *player) receive(connection string) answer {
	a := p.connect(connection).read()
	if id := a.Headers["lambda-runtime-aws-request-id"]; id != "" {
		p.requestId, p.event = id, a.Body
		p.requestIds[connection] = id
	}
	if id := a.Headers["lambda-extension-identifier"]; id != "" {
		p.extensionId = id
	}
	if a.Headers["lambda-extension-event-identifier"] != "" {
		p.event = a.Body
	}
	return a.cut()
}

// The request with the id of the last event in its path and its body.
func (p *player) fill(s step) step {
	s.Path = p.insert(s.Path)
	if !strings.HasPrefix(s.Path, "/2") {
		s.Path = "/2018-06-01" + s.Path
	}
	s.Body = repeat(p.insert(s.Body), s.Times)
	headers := map[string]string{}
	for name, value := range s.Headers {
		headers[name] = p.insert(value)
	}
	s.Headers = headers
	return s
}

// `{requestId:name}` is the id of the last event on the connection of that name, `{env:NAME}` a variable.
func (p *player) insert(text string) string {
	for name, id := range p.requestIds {
		text = strings.ReplaceAll(text, "{requestId:"+name+"}", id)
	}
	for strings.Contains(text, "{env:") {
		before, rest, _ := strings.Cut(text, "{env:")
		name, after, _ := strings.Cut(rest, "}")
		text = before + os.Getenv(name) + after
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "{requestId}", p.requestId), "{extensionId}", p.extensionId)
}

func repeat(text string, times int) string {
	if times == 0 {
		return text
	}
	return strings.Repeat(text, times)
}

func (p *player) report(index int, s step, observed any) {
	if !s.Observe {
		return
	}
	line, err := json.Marshal(map[string]any{"step": index, "observed": observed, "ofExtension": p.isExtension})
	check(err)
	os.Stdout.Write(append(line, '\n'))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "scripted-bootstrap:", err)
		os.Exit(98)
	}
}
