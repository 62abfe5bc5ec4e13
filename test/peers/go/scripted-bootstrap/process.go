package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// The process as it finds itself: variables by their names, and under lower-case names what else tells where it runs.
func inspect() map[string]any {
	found := map[string]any{
		"uid":                     strconv.Itoa(os.Getuid()),
		"arguments":               strings.Join(os.Args[1:], " "),
		"taskRootIsWritable":      strconv.FormatBool(isWritable(".")),
		"temporaryIsWritable":     strconv.FormatBool(isWritable(os.TempDir())),
		"layerFile":               readLayerFile(),
		"workingDirectoryIsOwn":   strconv.FormatBool(isWorkingDirectory(os.Getenv("LAMBDA_TASK_ROOT"))),
		"temporaryFolder":         os.TempDir(),
		"runtimeApiIsHostAndPort": strconv.FormatBool(!strings.Contains(os.Getenv("AWS_LAMBDA_RUNTIME_API"), "/")),
	}
	var names []string
	for _, each := range os.Environ() {
		name, value, _ := strings.Cut(each, "=")
		if name != "SCRIPT" && name != "EXTENSION_SCRIPT" {
			found[name] = value
			names = append(names, name)
		}
	}
	found["variables"] = strings.Join(names, " ")
	return found
}

func isWritable(folder string) bool {
	file, err := os.CreateTemp(folder, "written-")
	if err != nil {
		return false
	}
	file.Close()
	return os.Remove(file.Name()) == nil
}

func isWorkingDirectory(folder string) bool {
	working, err := os.Getwd()
	return err == nil && working == filepath.Clean(folder)
}

// Layers bring their programs into PATH: that entry is where they are.
func readLayerFile() string {
	entries := filepath.SplitList(os.Getenv("PATH"))
	content, err := os.ReadFile(filepath.Join(entries[len(entries)-1], "layer-file"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}

// Go's runtime has handlers of its own for some signals; a shell in its place has none.
func sendSignal(number int) {
	check(syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -" + strconv.Itoa(number) + " $$"}, os.Environ()))
}

func allocate(mebibytes int) {
	blocks := make([][]byte, mebibytes)
	for index := range blocks {
		blocks[index] = make([]byte, 1<<20)
		for at := 0; at < len(blocks[index]); at += 4096 {
			blocks[index][at] = 1
		}
	}
}
