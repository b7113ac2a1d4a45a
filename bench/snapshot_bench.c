/* SPDX-License-Identifier: MIT */
/* What a snapshot costs beside memcpy of its bytes; see bench/README.md. */
#include <sealmem/sealmem.h>

#include "bench.h"

#define PARTS	 64
#define PART_MAX 5056

struct snapshots {
	uint32_t part_size;
	struct sealmem_readonly_region region;
	struct sealmem_snapshot_writer writer;
	struct sealmem_snapshot_reader reader;
	char value[PART_MAX];
	char out[PART_MAX];
};

static void snapshots_open(struct snapshots *s, uint32_t part_size)
{
	struct sealmem_snapshot_layout layout = {
		.struct_size = sizeof(layout),
		.part_count = PARTS,
		.part_size = part_size,
	};
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_readonly_mapping view = { 0 };
	size_t size;

	*s = (struct snapshots){ .part_size = part_size };
	BENCH_CHECK(sealmem_snapshot_size(&layout, &size) == 0);
	BENCH_CHECK(sealmem_readonly_region_create(size, NULL, &s->region,
						   &mapping) == 0);
	BENCH_CHECK(sealmem_readonly_region_map(&s->region, &view) == 0);
	BENCH_CHECK(sealmem_snapshot_writer_init(&mapping, &layout,
						 &s->writer) == 0);
	BENCH_CHECK(sealmem_snapshot_reader_init(&view, &layout,
						 &s->reader) == 0);
}

static void snapshots_close(struct snapshots *s)
{
	sealmem_snapshot_reader_close(&s->reader);
	sealmem_snapshot_writer_close(&s->writer);
	sealmem_readonly_region_close(&s->region);
}

/* Where a part lies does not matter, only that it is that many bytes away. */
static const char *part_bytes(const struct snapshots *s, uint32_t part)
{
	return (const char *)s->reader.mapping.addr +
	       (size_t)part * s->part_size;
}

static void write_all(struct snapshots *s)
{
	for (uint32_t part = 0; part < PARTS; part++)
		BENCH_CHECK(sealmem_snapshot_write(&s->writer, part,
						   s->value) == 0);
}

static void read_all(struct snapshots *s, int wanted)
{
	for (uint32_t part = 0; part < PARTS; part++)
		BENCH_CHECK(sealmem_snapshot_read(&s->reader, part, NULL) ==
			    wanted);
}

/* ---- cases: each times PARTS operations, and only those -------------- */

static double copy_out(void *context, unsigned int times)
{
	struct snapshots *s = context;
	double spent = 0, start;

	for (; times >= PARTS; times -= PARTS) {
		write_all(s);
		start = bench_now();
		for (uint32_t part = 0; part < PARTS; part++) {
			memcpy(s->out, part_bytes(s, part), s->part_size);
			bench_keep(s->out);
		}
		spent += bench_now() - start;
	}
	return spent;
}

static double read_fresh(void *context, unsigned int times)
{
	struct snapshots *s = context;
	double spent = 0, start;

	for (; times >= PARTS; times -= PARTS) {
		write_all(s);
		start = bench_now();
		read_all(s, SEALMEM_SNAPSHOT_FRESH);
		spent += bench_now() - start;
	}
	return spent;
}

static double read_unchanged(void *context, unsigned int times)
{
	struct snapshots *s = context;
	double start;

	write_all(s);
	read_all(s, SEALMEM_SNAPSHOT_FRESH);
	start = bench_now();
	for (; times >= PARTS; times -= PARTS)
		read_all(s, SEALMEM_SNAPSHOT_UNCHANGED);
	return bench_now() - start;
}

static double has_changed(void *context, unsigned int times)
{
	struct snapshots *s = context;
	double start;

	sealmem_snapshot_has_changed(&s->reader);
	start = bench_now();
	for (; times > 0; times--)
		BENCH_CHECK(!sealmem_snapshot_has_changed(&s->reader));
	return bench_now() - start;
}

static double copy_in(void *context, unsigned int times)
{
	struct snapshots *s = context;
	char *memory = s->writer.mapping.addr;
	double start = bench_now();

	/* Behind the header and the summary, which stay what they are. */
	for (; times > 0; times--) {
		memcpy(memory + 192 + times % 32 * s->part_size, s->value,
		       s->part_size);
		bench_keep(memory);
	}
	return bench_now() - start;
}

static double publish(void *context, unsigned int times)
{
	struct snapshots *s = context;
	double start = bench_now();

	for (; times >= PARTS; times -= PARTS)
		write_all(s);
	return bench_now() - start;
}

int main(void)
{
	static const uint32_t sizes[] = {
		64, sizeof(struct sealmem_gamepad), PART_MAX,
	};
	static const struct bench_case reads[] = {
		{ "memcpy", copy_out },
		{ "fresh", read_fresh },
		{ "unchanged", read_unchanged },
		{ "has_changed", has_changed },
	};
	static const struct bench_case writes[] = {
		{ "memcpy", copy_in },
		{ "publish", publish },
	};
	static struct snapshots s;
	char group[32];

	bench_header("snapshot_bench");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snapshots_open(&s, sizes[i]);
		snprintf(group, sizeof(group), "read_%u", sizes[i]);
		bench_run(group, reads, sizeof(reads) / sizeof(reads[0]), &s);
		snprintf(group, sizeof(group), "write_%u", sizes[i]);
		bench_run(group, writes, sizeof(writes) / sizeof(writes[0]),
			  &s);
		snapshots_close(&s);
	}
	return 0;
}
