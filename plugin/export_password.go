package plugin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/term"
)

// shortestPassword is what a person may type at least; keytool demands six.
const shortestPassword = 8

// password is that of the stores: from its own file, made there if there
// is none, else as a person types it, which nobody sees.
func (o *exportOptions) password() (string, error) {
	if o.PasswordFile == "" {
		return o.env.newPassword()
	}
	raw, err := readBounded(o.PasswordFile)
	if errors.Is(err, fs.ErrNotExist) {
		made := rand.Text() // 128 bits and more
		return made, writeSecrets([]secretFile{{o.PasswordFile, []byte(made + "\n")}}, false)
	}
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(raw), "\r\n")
	if len(password) < shortestPassword || strings.ContainsAny(password, "\r\n") {
		return "", usagef("--password-file %s: want one line of at least %d characters", o.PasswordFile, shortestPassword)
	}
	return password, nil
}

// newPassword asks for a password, twice.
func (e Environment) newPassword() (string, error) {
	file, ok := e.In.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", usagef("give --password-file: this isn't a terminal where a person could be asked for a password")
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(e.ErrOut, prompt)
		raw, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(e.ErrOut)
		return string(raw), err
	}
	first, err := ask("password of the files: ")
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if len(first) < shortestPassword {
		return "", fmt.Errorf("the password must have at least %d characters", shortestPassword)
	}
	again, err := ask("the same again: ")
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if again != first {
		return "", errors.New("the passwords differ")
	}
	return first, nil
}
