/* The record that c_header.rs derives, as C declares it. */
#include "kserial.h"

struct device {
	uint64_t serial;
	int32_t offset;
	uint16_t flags;
	uint8_t state;
	uint8_t on;
	kserial_phys table;
	uint32_t bars[6];
	uint8_t uuid[16];
	char label[8];
	uint8_t policy;
	uint8_t pad[3];
	uint32_t queues;
	uint64_t word;
	int16_t gains[4];
	uint64_t secret;
	uint64_t old;
};

KSERIAL_RECORD(device_note, struct device, "c-device", KSERIAL_CRITICAL_RECORD,
	       KSERIAL_WRITES | KSERIAL_READS, KSERIAL_FILE,
	KSERIAL_MEMBER(1, struct device, serial, .key = 1),
	KSERIAL_MEMBER(2, struct device, offset, .unit = "dB", KSERIAL_DEFAULT(-3)),
	KSERIAL_MEMBER(3, struct device, flags, .critical = 1, KSERIAL_DEFAULT(0)),
	KSERIAL_OPEN(4, struct device, state),
	KSERIAL_VALUE(4, 0, "idle"),
	KSERIAL_VALUE(4, 1, "busy"),
	KSERIAL_BOOL(5, struct device, on, KSERIAL_DEFAULT(1)),
	KSERIAL_MEMBER(6, struct device, table),
	KSERIAL_MEMBER(7, struct device, bars),
	KSERIAL_MEMBER(8, struct device, uuid),
	KSERIAL_TEXT(9, struct device, label),
	KSERIAL_CLOSED(10, struct device, policy),
	KSERIAL_VALUE(10, 2, "keep"),
	KSERIAL_VALUE(10, 5, "drop"),
	KSERIAL_END(11, struct device, queues),
	KSERIAL_CHILD(11, "c-queue"),
	KSERIAL_BITS(12, struct device, word, 0, 52, "pfn"),
	KSERIAL_BITS(13, struct device, word, 52, 12, "order", .unit = "log2", KSERIAL_DEFAULT(0)),
	KSERIAL_MEMBER(14, struct device, gains, KSERIAL_DEFAULT(-1)),
	KSERIAL_RANGE(14, -8, 7),
	KSERIAL_MEMBER(15, struct device, secret, .sensitive = 1),
	KSERIAL_MEMBER(16, struct device, old, KSERIAL_DEFAULT(0), .legacy = 1),
	KSERIAL_RETIRED(17, ""),
	KSERIAL_RETIRED(18, "speed"));

struct queue {
	uint16_t depth;
};

KSERIAL_RECORD(queue_note, struct queue, "c-queue", KSERIAL_REQUIRED_RECORD, KSERIAL_READS,
	       KSERIAL_ROWS,
	KSERIAL_MEMBER(1, struct queue, depth, .unit = "entries"),
	KSERIAL_RANGE(1, 1, 4096));
