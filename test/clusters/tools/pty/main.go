// Runs a command in a pseudo-terminal of its own: stdin is its keyboard, stdout what it shows.
// Usage: pty ROWS COLUMNS COMMAND [ARGUMENT...]
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/creack/pty"
)

func main() {
	if len(os.Args) < 4 {
		fail(errors.New("usage: pty ROWS COLUMNS COMMAND [ARGUMENT...]"))
	}
	rows, rowsErr := strconv.ParseUint(os.Args[1], 10, 16)
	columns, columnsErr := strconv.ParseUint(os.Args[2], 10, 16)
	if err := errors.Join(rowsErr, columnsErr); err != nil {
		fail(err)
	}
	command := exec.Command(os.Args[3], os.Args[4:]...)
	// The command leads a session whose terminal this is, so that Ctrl-C reaches it as from a keyboard.
	terminal, err := pty.StartWithSize(command, &pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)})
	if err != nil {
		fail(err)
	}
	go io.Copy(terminal, os.Stdin)
	// Reading ends with an error (EIO on Linux) as soon as nobody has the terminal open any more.
	io.Copy(os.Stdout, terminal)
	var exit *exec.ExitError
	switch err := command.Wait(); {
	case err == nil:
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		os.Exit(exit.ExitCode())
	case errors.As(err, &exit):
		fmt.Fprintln(os.Stderr, exit)
		os.Exit(255)
	default:
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "pty:", err)
	os.Exit(255)
}
