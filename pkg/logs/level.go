package logs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Level is how grave an entry is; LevelUnknown is that of a line that says
// nothing about it.
type Level int

// The levels of Logback, and those of tls-sync.
const (
	LevelUnknown Level = iota
	LevelTrace
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
)

func levelNames() []string { return []string{"", "TRACE", "DEBUG", "INFO", "WARN", "ERROR"} }

// ParseLevel reads a level as people and loggers write it, in any case.
func ParseLevel(text string) (Level, error) {
	i := slices.Index(levelNames(), strings.ToUpper(text))
	if i <= 0 {
		return LevelUnknown, fmt.Errorf("%q is no level; it is one of %s", text, strings.Join(levelNames()[1:], ", "))
	}
	return Level(i), nil
}

// layout is the start of a line by Logback's "%date %level [%thread]", as the
// overlay's logback.xml has it: a 0 stands for any digit.
const layout = "0000-00-00 00:00:00,000 "

// Head tells whether a line begins an entry, and its level: a line of NiFi's
// Logback, or a JSON object with a level, as tls-sync writes.
func Head(line string) (Level, bool) {
	if strings.HasPrefix(line, "{") {
		return jsonLevel(line)
	}
	if len(line) < len(layout) || !fits(line[:len(layout)]) {
		return LevelUnknown, false
	}
	word, rest, _ := strings.Cut(line[len(layout):], " ")
	if !strings.HasPrefix(rest, "[") {
		return LevelUnknown, false
	}
	level, err := ParseLevel(word)
	return level, err == nil
}

func fits(text string) bool {
	for i := range len(layout) {
		digit := text[i] >= '0' && text[i] <= '9'
		if layout[i] == '0' != digit || !digit && text[i] != layout[i] {
			return false
		}
	}
	return true
}

func jsonLevel(line string) (Level, bool) {
	var entry struct {
		Level string `json:"level"`
	}
	if json.Unmarshal([]byte(line), &entry) != nil {
		return LevelUnknown, false
	}
	level, err := ParseLevel(entry.Level)
	return level, err == nil
}
