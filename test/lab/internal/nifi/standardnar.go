package nifi

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/kubectl-nifi/kubectl-nifi/test/lab/internal/versions"
)

// bundled is where a NAR has its jars (nifi-nar-maven-plugin).
const bundled = "META-INF/bundled-dependencies/"

// narManifest is the manifest of nifi-standard-nar. The class loader finds
// nifi-standard-shared-nar through it, and the services' API through that.
const narManifest = "Manifest-Version: 1.0\r\n" +
	"Nar-Id: nifi-standard-nar\r\n" +
	"Nar-Group: org.apache.nifi\r\n" +
	"Nar-Version: " + versions.NiFi + "\r\n" +
	"Nar-Dependency-Group: org.apache.nifi\r\n" +
	"Nar-Dependency-Id: nifi-standard-shared-nar\r\n" +
	"Nar-Dependency-Version: " + versions.NiFi + "\r\n\r\n"

// packStandardNAR makes the NAR of the standard processors, which isn't
// published, out of their jars, without those that its parents bring.
func packStandardNAR(lib, jars string) error {
	provided, err := providedJars(lib)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(jars, "*.jar"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("packing the standard processors: no jar in %q", jars)
	}
	out, err := os.Create(filepath.Join(lib, "nifi-standard-nar-"+versions.NiFi+".nar"))
	if err != nil {
		return fmt.Errorf("packing the standard processors: %w", err)
	}
	defer out.Close()
	nar := zip.NewWriter(out)
	for _, dir := range []string{"META-INF/", bundled} { // NiFi's NarUnpacker makes no folder by itself
		if err := store(nar, dir, strings.NewReader("")); err != nil {
			return err
		}
	}
	if err := store(nar, "META-INF/MANIFEST.MF", strings.NewReader(narManifest)); err != nil {
		return err
	}
	for _, file := range files {
		if provided[filepath.Base(file)] {
			continue
		}
		if err := storeFile(nar, bundled+filepath.Base(file), file); err != nil {
			return err
		}
	}
	if err := nar.Close(); err != nil {
		return fmt.Errorf("packing the standard processors: %w", err)
	}
	return nil
}

// providedJars names the jars of lib/ and of the NAR's parents.
func providedJars(lib string) (map[string]bool, error) {
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(lib, "*.jar"))
	if err != nil {
		return nil, fmt.Errorf("listing %q: %w", lib, err)
	}
	for _, file := range files {
		names[filepath.Base(file)] = true
	}
	for _, parent := range []string{"nifi-standard-shared-nar", "nifi-standard-services-api-nar"} {
		nar, err := zip.OpenReader(filepath.Join(lib, parent+"-"+versions.NiFi+".nar"))
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w", parent, err)
		}
		defer nar.Close()
		for _, entry := range nar.File {
			if strings.HasPrefix(entry.Name, bundled) {
				names[path.Base(entry.Name)] = true
			}
		}
	}
	return names, nil
}

func storeFile(nar *zip.Writer, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("packing the standard processors: %w", err)
	}
	defer file.Close()
	return store(nar, name, file)
}

// store adds an entry as it is: jars are compressed already.
func store(nar *zip.Writer, name string, content io.Reader) error {
	entry, err := nar.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err == nil {
		_, err = io.Copy(entry, content)
	}
	if err != nil {
		return fmt.Errorf("packing the standard processors: %w", err)
	}
	return nil
}
