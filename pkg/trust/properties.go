package trust

import (
	"bufio"
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// StoreProperties is what the names of all properties begin with that say where
// a node's stores are (org.apache.nifi.util.NiFiProperties).
const StoreProperties = "nifi.security."

// Properties reads lines of a properties file, "name=value" (java.util.Properties).
// A value that goes on in the next line is cut there.
func Properties(lines []byte) map[string]string {
	all := map[string]string{}
	scanner := bufio.NewScanner(bytes.NewReader(lines))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		name, value, found := strings.Cut(strings.TrimLeft(scanner.Text(), " \t\f"), "=")
		if !found || strings.HasPrefix(name, "#") || strings.HasPrefix(name, "!") {
			continue
		}
		all[strings.TrimSpace(name)] = unescape(strings.TrimLeft(value, " \t\f"))
	}
	return all
}

// unescape takes the backslashes out of a property's value.
func unescape(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			out.WriteByte(value[i])
			continue
		}
		i++
		if at := strings.IndexByte("tnrf", value[i]); at >= 0 {
			out.WriteByte("\t\n\r\f"[at])
			continue
		}
		if value[i] == 'u' && i+4 < len(value) {
			if code, err := strconv.ParseUint(value[i+1:i+5], 16, 16); err == nil {
				out.WriteRune(rune(code))
				i += 4
				continue
			}
		}
		out.WriteByte(value[i])
	}
	return out.String()
}

// StoresOf is where the nifi.properties at this path, or its lines that begin
// with StoreProperties, say that the stores are. Relative paths begin at NiFi's
// home, the folder above conf. As in NiFi, a store with a password comes before
// PEM files (FrameworkSslContextProvider).
func StoresOf(lines []byte, properties string) (Stores, error) {
	p := Properties(lines)
	at := func(name string) string { return fromHome(properties, p[StoreProperties+name]) }
	store := func(name string, pem string) Location {
		if p[StoreProperties+name] == "" || p[StoreProperties+name+"Passwd"] == "" {
			return Location{Path: at(pem), Type: PEM}
		}
		return Location{Path: at(name), Type: typeOf(p[StoreProperties+name+"Type"]), Password: Password{File: properties, Property: StoreProperties + name + "Passwd"}}
	}
	s := Stores{Keystore: store("keystore", "keystore.certificate"), Truststore: store("truststore", "truststore.certificate")}
	if err := s.Validate(); err != nil {
		return Stores{}, fmt.Errorf("reading %s: %w", properties, err)
	}
	return s, nil
}

// fromHome is a path as NiFi understands it, whose working directory is its home.
func fromHome(properties, file string) string {
	if file == "" || path.IsAbs(file) {
		return file
	}
	return path.Join(path.Dir(path.Dir(properties)), file)
}

// typeOf is a store's type as NiFi has it; one that isn't known here is told by
// the file's content.
func typeOf(name string) Format {
	format := Format(strings.ToUpper(strings.TrimSpace(name)))
	if format == JKS || format == PKCS12 || format == PEM {
		return format
	}
	return ""
}
