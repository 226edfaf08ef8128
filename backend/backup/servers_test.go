package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"waybill/backend/backup"
	"waybill/backend/job"
	"waybill/backend/problem"
	"waybill/backend/secret"
)

// The servers of these tests come with build/test (build/servers). They speak the
// protocols for real, on this computer only.

const (
	accessKey = "waybilltest"
	secretKey = "dGhpcyBpcyBhIHRlc3Qgb25seQ=="
	bucket    = "keep"
	// azureAccount is Azurite's own; its key is public.
	azureAccount = "devstoreaccount1"
	azureKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// server is a program that the test starts and ends.
func server(t *testing.T, address string, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey, "NO_UPDATE_NOTIFIER=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed: that is its error
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-ended
	})
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close() // it only had to answer
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended by itself: %s", program, said.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not answer: %s", program, said.String())
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // only its number was wanted
	return l.Addr().String()
}

// tool finds the newest version of a program that build/test put into build/bin.
func tool(pattern string) string {
	found, err := filepath.Glob(filepath.Join("..", "..", "build", "bin", filepath.FromSlash(pattern)))
	if err != nil || len(found) == 0 {
		return ""
	}
	at, err := filepath.Abs(found[len(found)-1])
	if err != nil {
		return ""
	}
	return at
}

// s3Place starts a server of the S3 protocol: versitygw where somebody installed it (it
// checks signatures), else gofakes3, which build/test installs.
func s3Place(t *testing.T) (settings map[string]string, checksKeys bool) {
	t.Helper()
	address := freeAddress(t)
	if gw := tool("tools/versitygw-*"); gw != "" {
		root := t.TempDir()
		server(t, address, gw, "--port", address, "posix", "--sidecar", t.TempDir(), root)
		checksKeys = true
	} else if fake := tool("tools/gofakes3-*"); fake != "" {
		server(t, address, fake, "-host", address, "-backend", "memory", "-quiet")
	} else {
		t.Skip("no server of the S3 protocol is installed: build/test go installs one (gofakes3)")
	}
	c, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MakeBucket(context.Background(), bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"address": "http://" + address, "bucket": bucket, "prefix": "/backups/a b/", "access_key": accessKey}, checksKeys
}

func azurePlace(t *testing.T) map[string]string {
	t.Helper()
	azurite := tool("servers/node_modules/.bin/azurite-blob")
	if azurite == "" || runtime.GOOS == "windows" {
		t.Skip("Azurite, Microsoft's own server of the Azure Blob protocol, is not installed: build/test go installs it")
	}
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	server(t, address, azurite, "--blobHost", host, "--blobPort", port, "--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry")
	at := "http://" + address + "/" + azureAccount
	cred, err := azblob.NewSharedKeyCredential(azureAccount, azureKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := azblob.NewClientWithSharedKeyCredential(at+"/", cred, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateContainer(context.Background(), "keep", nil); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"address": at, "account": azureAccount, "container": "keep", "prefix": "backups/a b"}
}

func vaultWith(t *testing.T, key string) secret.Vault {
	t.Helper()
	v := secret.Memory()
	if err := v.Put(backup.SecretKey, secret.Text(key)); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBackup_intoAnS3Store(t *testing.T) {
	settings, checks := s3Place(t)
	examine(t, backup.KindS3, settings, secretKey, checks)
}

func TestBackup_intoAzureBlobStorage(t *testing.T) {
	examine(t, backup.KindAzure, azurePlace(t), azureKey, true)
}

func examine(t *testing.T, kind string, settings map[string]string, key string, checksKeys bool) {
	ctx := context.Background()
	place, err := backup.Open(kind, settings, vaultWith(t, key))
	if err != nil {
		t.Fatal(err)
	}
	// More than one piece of the store's own, so that its putting together is used, too.
	w := newWorld(t, 100, noise(31, 40<<20), []byte("small"), []byte("other"))
	for i, o := range []backup.Options{{}, backup.Options{PartSize: 15 << 20, Passphrase: "word"}.Cheap()} {
		file := fmt.Sprintf("%d%s", i, backup.Extension)
		res, err := backup.Write(ctx, w.input(), place, file, o, job.New("backup"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Write(ctx, w.input(), place, file, o, job.New("backup")); code(err) != backup.CodeTaken {
			t.Errorf("the same name again: %v", err)
		}
		dir := filepath.Join(t.TempDir(), "again.waybill")
		m, _, err := backup.Restore(ctx, place, file, o, dir, job.New("restore"))
		if err != nil || !reflect.DeepEqual(m, res.Manifest) {
			t.Fatalf("%v\n%+v\n%+v", err, m, res.Manifest)
		}
		sameProject(t, w, dir)
	}
	stop, cancel := context.WithCancel(ctx)
	stuck := hook{place, nil}
	stuck.do = func(r io.Reader) { cancel() }
	if _, err := backup.Write(stop, w.input(), stuck, "stopped"+backup.Extension, backup.Options{}, job.New("backup")); err == nil {
		t.Error("a stopped backup ended well")
	}
	if has, err := place.Has(ctx, "stopped"+backup.Extension); has || err != nil {
		t.Errorf("a stopped backup is there: %v %v", has, err)
	}
	if _, _, err := backup.Restore(ctx, place, "none", backup.Options{}, filepath.Join(t.TempDir(), "x"), job.New("restore")); code(err) != backup.CodeNone {
		t.Errorf("a backup that is not there: %v", err)
	}
	if err := place.Remove(ctx, "none"); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
	if err := place.Remove(ctx, "0"+backup.Extension); err != nil {
		t.Error(err)
	}
	if _, err := place.Get(ctx, "0"+backup.Extension); !errors.Is(err, backup.ErrNotThere) {
		t.Errorf("it was removed, and is there: %v", err)
	}
	if !checksKeys {
		t.Log("this server checks no keys, so nothing is proven about wrong ones")
		return
	}
	bad, err := backup.Open(kind, settings, vaultWith(t, "d3Jvbmcgd3Jvbmcgd3Jvbmc="))
	if err != nil {
		t.Fatal(err)
	}
	_, err = backup.Write(ctx, w.input(), bad, "x"+backup.Extension, backup.Options{}, job.New("backup"))
	if code(err) != backup.CodePlace || strings.Contains(fmt.Sprintf("%+v %v", err, errors.Unwrap(err)), "d3Jvbmcg") {
		t.Errorf("a wrong key: %v", err)
	}
}

func TestOpen_whatIsMissingOrUnsafe(t *testing.T) {
	key := vaultWith(t, secretKey)
	s3 := map[string]string{"address": "https://s3.example.com", "bucket": "b", "access_key": "a"}
	for _, c := range []struct {
		what, kind string
		settings   map[string]string
		vault      secret.Vault
		field      string
	}{
		{"a kind that is not known", "ftp", nil, key, ""},
		{"no bucket", backup.KindS3, map[string]string{"address": "https://x", "access_key": "a"}, key, "bucket"},
		{"no key", backup.KindS3, s3, secret.Memory(), "secret_key"},
		{"an address that is none", backup.KindS3, map[string]string{"address": "s3", "bucket": "b", "access_key": "a"}, key, "address"},
		{"keys in the address", backup.KindS3, map[string]string{"address": "https://u:p@x", "bucket": "b", "access_key": "a"}, key, "address"},
		{"unencrypted over the internet", backup.KindS3, map[string]string{"address": "http://s3.example.com", "bucket": "b", "access_key": "a"}, key, "address"},
		{"a key that is none", backup.KindAzure, map[string]string{"account": "a", "container": "c"}, vaultWith(t, "§"), "secret_key"},
		{"no folder", backup.KindFolder, nil, key, "folder"},
	} {
		_, err := backup.Open(c.kind, c.settings, c.vault)
		p := problem.From(err)
		if p == nil || p.Code != backup.CodePlace || p.Where.Field != c.field {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if _, err := backup.Open(backup.KindS3, s3, key); err != nil {
		t.Error(err)
	}
}
