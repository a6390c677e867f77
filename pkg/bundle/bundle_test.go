package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kubectl-nifi/kubectl-nifi/pkg/bundle"
	"github.com/kubectl-nifi/kubectl-nifi/pkg/redact"
)

func now() time.Time { return time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC) }

func redactor() *redact.Redactor {
	var values redact.Values
	values.AddSecret(map[string][]byte{"key": []byte("hunter2hunter2")})
	return redact.New(values)
}

// unpack is the files of an archive by name.
func unpack(t *testing.T, archive io.Reader) map[string]string {
	t.Helper()
	plain, err := gzip.NewReader(archive)
	require.NoError(t, err)
	files, reader := map[string]string{}, tar.NewReader(plain)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		assert.Equal(t, int64(0o600), header.Mode)
		assert.Equal(t, now(), header.ModTime.UTC())
		text, err := io.ReadAll(reader)
		require.NoError(t, err)
		files[header.Name] = string(text)
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	archive := bundle.New(&out, "prod-1", now(), redactor())
	archive.Add("b.txt", "the second", "b hunter2hunter2 and password=x1\n")
	archive.Add("a/a.txt", "the first", "a\n")
	archive.Missing("logs of prod-2", errors.New("forbidden\nfor hunter2hunter2"))
	assert.Equal(t, "3 files, 39 bytes before compression, 2 secrets redacted, 1 things could not be had: see index.md in it.", archive.Summary())
	require.NoError(t, archive.Close("Support bundle of prod"))

	files := unpack(t, &out)
	assert.Equal(t, "b [redacted] and password=[redacted]\n", files["prod-1/b.txt"])
	assert.Equal(t, "a\n", files["prod-1/a/a.txt"])
	index := files["prod-1/index.md"]
	assert.Contains(t, index, "# Support bundle of prod\n\nTaken at 2026-11-22T18:05:00Z.")
	assert.Contains(t, index, "| a/a.txt | the first | 2 | 0 |\n| b.txt | the second | 37 | 2 |\n")
	assert.Contains(t, index, "- logs of prod-2: forbidden for [redacted]\n")
	assert.Len(t, files, 3)
}

func TestArchiveOfNoGaps(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, bundle.New(&out, "x", now(), redactor()).Close("Nothing"))
	assert.Contains(t, unpack(t, &out)["x/index.md"], "Nothing is missing.")
}

func TestArchiveConcurrently(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	archive := bundle.New(&out, "x", now(), redactor())
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() { archive.Add(fmt.Sprintf("%d.txt", i), "one of many", fmt.Sprint(i)) })
	}
	wait.Wait()
	require.NoError(t, archive.Close("Many"))
	files := unpack(t, &out)
	assert.Len(t, files, 21)
	assert.Equal(t, "7", files["x/7.txt"])
}

// full is a disk that is full after so many bytes.
type full int

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

func TestArchiveOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := full(5)
	archive := bundle.New(&disk, "x", now(), redactor())
	archive.Add("a.txt", "a file", "text")
	assert.ErrorContains(t, archive.Close("Full"), "no space left on device")
}
