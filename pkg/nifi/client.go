package nifi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	apiRoot   = "/nifi-api"
	userAgent = "kubectl-nifi"

	maxAnswer = 64 << 20 // bytes: a cluster with its events is about 10 KiB a node
	maxError  = 64 << 10 // bytes of an error body that are read for its message
)

// Client calls the REST API of one node. It is safe for concurrent use and
// never retries: whether a call is worth repeating is its caller's knowledge.
type Client struct {
	base  string // scheme and host, no trailing slash
	http  *http.Client
	limit int64 // bytes of one answer
}

// NewClient talks to the node at base ("https://<fqdn>:8443", no path) with
// httpClient, which carries the caller's identity. Redirects are never followed:
// the API has none, and a credential must not travel to another host.
func NewClient(base string, httpClient *http.Client) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("parsing node address %q: %w", base, err)
	}
	if u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("parsing node address %q: want https://<host>:<port> and nothing else", base)
	}
	if httpClient == nil {
		return nil, fmt.Errorf("making a client for node %q: no http.Client given", base)
	}
	own := *httpClient
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: "https://" + u.Host, http: &own, limit: maxAnswer}, nil
}

// Base is the address the client was made for, without a trailing slash.
func (c *Client) Base() string { return c.base }

// Do calls path, which starts with a slash and lies below /nifi-api, with in as
// its JSON body (none if nil), and decodes the JSON answer into out (discarded
// if nil). It serves calls that have no typed method yet.
//
// A refusal is an *APIError, an answer that isn't JSON is ErrNotJSON; every
// other error comes from the connection or the context.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	req, err := c.request(ctx, method, path, in)
	if err != nil {
		return fmt.Errorf("preparing %s %s: %w", method, path, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("calling %s %s on %s: %w", method, path, c.base, connectionError(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("calling %s: %w", c.base, refusal(method, path, resp))
	}
	if err := c.decode(resp, out); err != nil {
		return fmt.Errorf("reading the answer to %s %s from %s: %w", method, path, c.base, err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, errors.New("the path must start with a slash")
	}
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+apiRoot+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

func (c *Client) decode(resp *http.Response, out any) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.limit+1))
	if err != nil {
		return err
	}
	if int64(len(body)) > c.limit {
		return fmt.Errorf("it is larger than %d bytes", c.limit)
	}
	if isHTML(resp.Header.Get("Content-Type"), body) {
		return fmt.Errorf("%w but the page %q: NiFi before 2.3 answers so when the Host name is not in nifi.web.proxy.host, a proxy when it wants a login", ErrNotJSON, message(body, true))
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: %w", ErrNotJSON, err)
	}
	return nil
}

// connectionError drops the method and address that net/http puts before each
// error, and explains the one that hides its cause: in TLS 1.3 a node refuses a
// client certificate after the handshake, and HTTP/2 may lose the alert then.
func connectionError(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if strings.Contains(err.Error(), "client conn could not be established") {
		return fmt.Errorf("%w: the node closed it after the handshake, as it does when it wants a client certificate or doesn't trust the one shown", err)
	}
	return err
}
