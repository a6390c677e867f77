package nifi

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode"
)

const maxMessage = 300 // characters

// isHTML tells a page from an answer of the API.
func isHTML(contentType string, body []byte) bool {
	return strings.HasPrefix(strings.ToLower(contentType), "text/html") ||
		bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// message reduces the body of a refusal to one bounded line. NiFi's own mappers
// write plain text; Jetty's ErrorHandler, which answers before NiFi is reached,
// writes a page or a JSON object with a "message", whichever is accepted.
func message(body []byte, page bool) string {
	text := string(body)
	if page {
		text = pageText(text)
	} else if said := jettyMessage(body); said != "" {
		text = said
	}
	for line := range strings.Lines(text) {
		if line = oneLine(line); line != "" {
			return line
		}
	}
	return ""
}

func jettyMessage(body []byte) string {
	var report struct{ Message string }
	if json.Unmarshal(body, &report) != nil {
		return ""
	}
	return report.Message
}

// pageText is the title of a page, or all its text on one line.
func pageText(page string) string {
	title := regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`).FindStringSubmatch(page)
	if title != nil && strings.TrimSpace(title[1]) != "" {
		page = title[1]
	}
	page = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)>|<[^>]*>`).ReplaceAllString(page, " ")
	return strings.ReplaceAll(html.UnescapeString(page), "\n", " ")
}

// oneLine trims, collapses blanks, drops control characters (a terminal would
// obey them) and bounds the length.
func oneLine(line string) string {
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, "?"))
	runes := []rune(strings.Join(strings.Fields(line), " "))
	if len(runes) > maxMessage {
		return string(runes[:maxMessage-1]) + "…"
	}
	return string(runes)
}
