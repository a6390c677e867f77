package plugin

import (
	"errors"
	"fmt"
	"strings"
)

// consent asks whether to go on.
func (e Environment) consent(yes bool) error {
	if yes {
		return nil
	}
	if e.ErrTerminal == nil {
		return usagef("add --yes to go on: this isn't a terminal where a person could be asked")
	}
	fmt.Fprint(e.ErrOut, "go on? [y/N] ")
	if answer := strings.ToLower(e.readLine()); answer != "y" && answer != "yes" {
		return errors.New("left as it is")
	}
	return nil
}

// agree shows a plan and asks whether to carry it out. A dry run is the plan
// alone, as the result.
func (e Environment) agree(plan any, dryRun, yes bool) (ok bool, err error) {
	if dryRun {
		_, err := fmt.Fprint(e.Out, plan)
		return false, err
	}
	fmt.Fprint(e.ErrOut, plan)
	err = e.consent(yes)
	return err == nil, err
}

// readLine reads what a person types.
func (e Environment) readLine() string {
	var line strings.Builder
	one := make([]byte, 1)
	for {
		n, err := e.In.Read(one)
		if n == 0 || err != nil || one[0] == '\n' {
			return strings.TrimSpace(line.String())
		}
		line.WriteByte(one[0])
	}
}
