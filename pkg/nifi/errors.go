package nifi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The refusals callers tell apart with errors.Is. They exclude each other: a
// node that is out of the cluster is ErrNotConnected and not ErrNotFound, so
// nobody takes it for proof that another node is gone.
var (
	// ErrInvalidSNI: the Host isn't a name of the certificate the node serves
	// (400, Jetty's SecureRequestCustomizer).
	ErrInvalidSNI = errors.New("the name used for the node is not in its certificate")
	// ErrUnauthorized: the node doesn't know who is asking (401).
	ErrUnauthorized = errors.New("not authenticated")
	// ErrForbidden: an access policy is missing (403).
	ErrForbidden = errors.New("not permitted")
	// ErrNotFound: no such node or component (404).
	ErrNotFound = errors.New("not found")
	// ErrNotConnected: the node that was asked is out of the cluster, or not yet
	// in it, and can't speak for the cluster (404, ControllerResource).
	ErrNotConnected = errors.New("the node is not connected to the cluster")
	// ErrConflict: the state of the cluster or of the node forbids the change (409).
	ErrConflict = errors.New("not possible in the present state")
	// ErrInitializing: the node is still loading its flow; ask again (409).
	ErrInitializing = errors.New("the node is still loading its flow")
	// ErrMisdirected: the port in the Host header isn't one the node listens on
	// or has in nifi.web.proxy.host (421, HostPortValidatorCustomizer).
	ErrMisdirected = errors.New("the port used for the node is not one it answers for")
	// ErrNoCoordinator: no cluster coordinator is elected; ask again (503).
	ErrNoCoordinator = errors.New("the cluster has no coordinator")
	// ErrNotJSON: the call succeeded but the answer is no JSON of the API.
	ErrNotJSON = errors.New("the answer is no JSON")
)

// What NiFi writes where the status code alone doesn't tell
// (ControllerResource, StandardNiFiServiceFacade, SecureRequestCustomizer).
const (
	textNotConnected = "Only a node connected to a cluster can process the request."
	textInitializing = "The Flow Controller is initializing the Data Flow."
	textInvalidSNI   = "Invalid SNI"
)

// APIError is a call that a node answered with something else than success.
type APIError struct {
	Method     string
	Path       string // below /nifi-api
	StatusCode int
	Message    string // first line of the body, at most 300 characters
}

// Error is one line: the call, the status and NiFi's own words.
func (e *APIError) Error() string {
	status := fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode))
	if e.Message == "" {
		return fmt.Sprintf("%s %s: %s", e.Method, e.Path, status)
	}
	return fmt.Sprintf("%s %s: %s: %s", e.Method, e.Path, status, e.Message)
}

// Is makes errors.Is match the one sentinel this answer stands for.
func (e *APIError) Is(target error) bool {
	kind := e.kind()
	return kind != nil && kind == target
}

func (e *APIError) kind() error {
	switch e.StatusCode {
	case http.StatusBadRequest:
		return e.ifSays(textInvalidSNI, ErrInvalidSNI, nil)
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return e.ifSays(textNotConnected, ErrNotConnected, ErrNotFound)
	case http.StatusConflict:
		return e.ifSays(textInitializing, ErrInitializing, ErrConflict)
	case http.StatusMisdirectedRequest:
		return ErrMisdirected
	case http.StatusServiceUnavailable:
		return ErrNoCoordinator
	}
	return nil
}

func (e *APIError) ifSays(text string, then, otherwise error) error {
	if strings.Contains(e.Message, text) {
		return then
	}
	return otherwise
}

func refusal(method, path string, resp *http.Response) *APIError {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxError)) // the status alone says enough if it breaks off
	return &APIError{
		Method:     method,
		Path:       path,
		StatusCode: resp.StatusCode,
		Message:    message(body, isHTML(resp.Header.Get("Content-Type"), body)),
	}
}
