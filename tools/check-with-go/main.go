// Checks a log's folder (RUNLEDGER_TRAIL_FOLDER) with golang.org/x/mod/sumdb, the code that verifies Go's checksum
// database: the signature, every tile against the root, an inclusion proof of every entry, and that each earlier
// checkpoint in the folder is the beginning of the newest. It has nothing of ours but the layout of the files.
//
//	go run . <folder> <key of the log>
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type folder string

func (f folder) Height() int                                { return height }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := f.read(tile)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// C2SP leaves the height out of the path, and calls level -1 entries.
func (f folder) read(tile tlog.Tile) ([]byte, error) {
	path := strings.Replace(strings.Replace(tile.Path(), "tile/8/", "tile/", 1), "tile/data/", "tile/entries/", 1)
	return os.ReadFile(filepath.Join(string(f), path))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "NOT GOOD:", err)
		os.Exit(1)
	}
}

// A checkpoint is a tree of x/mod with another first line.
func open(file string, verifier note.Verifier) tlog.Tree {
	text, err := os.ReadFile(file)
	must(err)
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err)
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		must(fmt.Errorf("the origin is %s", origin))
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	must(err)
	return tree
}

func main() {
	files := folder(os.Args[1])
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	tree := open(filepath.Join(string(files), "checkpoint"), verifier)
	hashes := tlog.TileHashReader(tree, files)
	root, err := tlog.TreeHash(tree.N, hashes)
	must(err)
	if root != tree.Hash {
		must(fmt.Errorf("the tiles have the root %v", root))
	}
	for index := int64(0); index < tree.N; {
		width := tree.N - index
		if width > 1<<height {
			width = 1 << height
		}
		bundle, err := files.read(tlog.Tile{H: height, L: -1, N: index >> height, W: int(width)})
		must(err)
		for len(bundle) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			must(err)
			must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(bundle[2:end])))
			bundle = bundle[end:]
			index++
		}
	}
	earlier, err := filepath.Glob(filepath.Join(string(files), "checkpoints", "*"))
	must(err)
	for _, file := range earlier {
		old := open(file, verifier)
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Printf("good: %d entries, %d checkpoints, root %v\n", tree.N, len(earlier), tree.Hash)
}
