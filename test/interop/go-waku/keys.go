package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/libp2p/go-libp2p/core/crypto"
)

var keyTypes = map[string]int{
	"ed25519": crypto.Ed25519, "secp256k1": crypto.Secp256k1, "rsa": crypto.RSA,
	"ecdsa": crypto.ECDSA,
}

func newKey(keyType string) (crypto.PrivKey, error) {
	kind, known := keyTypes[keyType]
	if !known {
		return nil, usagef("--key-type: %q is none of ed25519, secp256k1, rsa, ecdsa", keyType)
	}
	key, _, err := crypto.GenerateKeyPairWithReader(kind, 2048, rand.Reader)
	return key, err
}

// fixedKey is the same key on every run, made from a public label: for test vectors only.
func fixedKey(keyType, label string) (crypto.PrivKey, error) {
	seed := sha256.Sum256([]byte("rendezvous-cluster test vector " + label))
	switch keyType {
	case "ed25519":
		key, _, err := crypto.GenerateEd25519Key(bytes.NewReader(seed[:]))
		return key, err
	case "secp256k1":
		return crypto.UnmarshalSecp256k1PrivateKey(seed[:])
	case "rsa":
		return fixedRSAKey(seed)
	}
	return nil, fmt.Errorf("no fixed key of type %s", keyType)
}

// fixedRSAKey searches two primes from the seed, because crypto/rsa makes a new key even from the
// same random bytes. It spares the repository a private key file.
func fixedRSAKey(seed [32]byte) (crypto.PrivKey, error) {
	p, q := fixedPrime(seed, 'p'), fixedPrime(seed, 'q')
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		Primes:    []*big.Int{p, q},
	}
	key.D = new(big.Int).ModInverse(big.NewInt(int64(key.E)), phi)
	key.Precompute()
	return crypto.UnmarshalRsaPrivateKey(x509.MarshalPKCS1PrivateKey(key))
}

// fixedPrime is the first prime of 1024 bits at or after a number drawn from the seed. The two
// top bits are set, so that the product of two such primes has 2048 bits.
func fixedPrime(seed [32]byte, name byte) *big.Int {
	var number []byte
	for block := uint32(0); len(number) < 128; block++ {
		hash := sha256.Sum256(binary.BigEndian.AppendUint32(append(seed[:], name), block))
		number = append(number, hash[:]...)
	}
	number[0] |= 0xc0
	number[127] |= 1
	prime := new(big.Int).SetBytes(number)
	for two := big.NewInt(2); !prime.ProbablyPrime(20); prime.Add(prime, two) {
	}
	return prime
}
