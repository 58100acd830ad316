package main

import (
	"bytes"
	"encoding/binary"

	ggio "github.com/gogo/protobuf/io"
	"github.com/gogo/protobuf/proto"

	"rendezvous-cluster/test/interop/go-waku/pb"
)

func registerMessage(namespace string, envelope []byte, ttlSeconds int64) *pb.Message {
	return &pb.Message{
		Type: pb.Message_REGISTER,
		Register: &pb.Message_Register{
			Ns: namespace, SignedPeerRecord: envelope, Ttl: ttlSeconds,
		},
	}
}

func discoverMessage(namespace string, limit int64) *pb.Message {
	return &pb.Message{
		Type:     pb.Message_DISCOVER,
		Discover: &pb.Message_Discover{Ns: namespace, Limit: limit},
	}
}

// delimited is a message as Go peers put it on a stream: gogo's writer makes the length prefix.
func delimited(message *pb.Message) ([]byte, error) {
	var buffer bytes.Buffer
	err := ggio.NewDelimitedWriter(&buffer).WriteMsg(message)
	return buffer.Bytes(), err
}

// registerPayload builds a REGISTER field by field, for what proto3 marshallers refuse or leave
// out: a namespace that is not UTF-8, and a record that is present but empty.
func registerPayload(namespace, envelope []byte, ttlSeconds int64) []byte {
	body := appendBytes(nil, 1, namespace)
	if envelope != nil {
		body = appendBytes(body, 2, envelope)
	}
	if ttlSeconds != 0 {
		body = binary.AppendUvarint(append(body, 3<<3), uint64(ttlSeconds))
	}
	return appendBytes(nil, 2, body) // type REGISTER is 0, thus absent
}

func appendBytes(to []byte, field byte, value []byte) []byte {
	to = append(to, field<<3|proto.WireBytes)
	return append(binary.AppendUvarint(to, uint64(len(value))), value...)
}

func prefixed(payload []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(payload))), payload...)
}
