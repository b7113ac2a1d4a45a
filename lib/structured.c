/* SPDX-License-Identifier: MIT */
/*
 * A struct behind a header that says which struct it is.
 *
 * In memory: one line of 64 bytes with the header, then the struct at the next
 * multiple of its alignment. Where the struct is and how large it is follows
 * from the caller's layout alone; the header is only ever compared with it.
 */
#include <errno.h>
#include <sealmem/structured.h>
#include <string.h>

#include "lib/atomic.h"

#define MAGIC 0x54534d53u /* "SMST", little-endian */
#define HEADER_VERSION 1u

struct header {
	uint32_t magic;
	uint32_t header_version;
	uint32_t layout_magic;
	uint32_t layout_version;
	uint64_t size;
	uint64_t fingerprint;
	uint32_t alignment;
	uint32_t reserved[7];
};

_Static_assert(sizeof(struct header) == 64, "one line, on every machine");
_Static_assert(offsetof(struct header, alignment) == 32, "no padding");

/* --- layout: the caller's numbers, never those in shared memory ----------- */

static bool is_layout_valid(const struct sealmem_structured_layout *layout)
{
	size_t alignment = layout->alignment;

	return layout->struct_size == sizeof(*layout) && layout->size >= 1 &&
	       layout->size <= SIZE_MAX - SEALMEM_STRUCTURED_ALIGNMENT_MAX &&
	       alignment >= 1 &&
	       alignment <= SEALMEM_STRUCTURED_ALIGNMENT_MAX &&
	       (alignment & (alignment - 1)) == 0;
}

static size_t struct_offset(const struct sealmem_structured_layout *layout)
{
	return layout->alignment > sizeof(struct header) ?
		       layout->alignment :
		       sizeof(struct header);
}

static struct header make_header(const struct sealmem_structured_layout *layout)
{
	return (struct header){
		.magic = MAGIC,
		.header_version = HEADER_VERSION,
		.layout_magic = layout->magic,
		.layout_version = layout->version,
		.size = layout->size,
		.fingerprint = layout->fingerprint,
		.alignment = (uint32_t)layout->alignment,
	};
}

/* --- fingerprint: FNV-1a over what the members are ------------------------ */

#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

/* As eight bytes, so that a size_t of four gives the same. */
static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		hash = hash_byte(hash, (uint8_t)(number >> 8 * i));
	return hash;
}

static uint64_t hash_field(uint64_t hash, const struct sealmem_field *field)
{
	for (const char *c = field->name; *c; c++)
		hash = hash_byte(hash, (uint8_t)*c);
	/* No name goes on into what follows it. */
	hash = hash_byte(hash, 0);
	hash = hash_number(hash, field->offset);
	hash = hash_number(hash, field->size);
	hash = hash_number(hash, field->unit);
	return hash_number(hash, field->number);
}

int sealmem_structured_fingerprint(const struct sealmem_field *fields,
				   size_t count, size_t size,
				   uint64_t *ret_fingerprint)
{
	uint64_t hash = FNV_START;
	size_t end = 0;

	for (size_t i = 0; i < count; i++) {
		if (!fields[i].name || fields[i].offset != end ||
		    fields[i].size > size - end)
			return -EINVAL;
		end += fields[i].size;
		hash = hash_field(hash, &fields[i]);
	}
	if (count == 0 || end != size)
		return -EINVAL;
	*ret_fingerprint = hash;
	return 0;
}

/* --- writer --------------------------------------------------------------- */

static int fill(const struct sealmem_writable_region *region,
		const struct sealmem_structured_layout *layout,
		const void *initial)
{
	struct sealmem_writable_mapping whole = { 0 };
	struct header header = make_header(layout);
	int ret = sealmem_writable_region_map(region, &whole);

	if (ret < 0)
		return ret;
	memcpy(whole.addr, &header, sizeof(header));
	if (initial)
		memcpy((char *)whole.addr + struct_offset(layout), initial,
		       layout->size);
	sealmem_writable_mapping_unmap(&whole);
	return 0;
}

/* All of it is there before the region becomes one that can be handed out. */
int sealmem_structured_create(const struct sealmem_structured_layout *layout,
			      const void *initial,
			      const struct sealmem_options *options,
			      struct sealmem_readonly_region *ret_region,
			      struct sealmem_writable_mapping *ret_mapping)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	size_t offset;
	int ret;

	if (!is_layout_valid(layout))
		return -EINVAL;
	offset = struct_offset(layout);
	ret = sealmem_writable_region_create(offset + layout->size, options,
					     &region);
	if (ret == 0)
		ret = fill(&region, layout, initial);
	if (ret == 0)
		ret = sealmem_writable_region_map_at(&region, offset,
						     layout->size, &mapping);
	if (ret == 0)
		ret = sealmem_writable_region_to_readonly(&region, ret_region);
	if (ret < 0) {
		sealmem_writable_mapping_unmap(&mapping);
		sealmem_writable_region_close(&region);
		return ret;
	}
	*ret_mapping = mapping;
	return 0;
}

/* --- reader --------------------------------------------------------------- */

/* A copy: what is compared is what was there at one time, word by word. */
static int read_header(const struct sealmem_readonly_region *region,
		       struct header *ret_header)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	uint32_t words[sizeof(struct header) / sizeof(uint32_t)];
	int ret = sealmem_readonly_region_map_at(region, 0, sizeof(words),
						 &mapping);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = atomic_load_word((const uint32_t *)mapping.addr + i);
	memcpy(ret_header, words, sizeof(words));
	sealmem_readonly_mapping_unmap(&mapping);
	return 0;
}

static enum sealmem_structured_mismatch compare(const struct header *found,
						const struct header *wanted)
{
	if (found->magic != wanted->magic ||
	    found->header_version != wanted->header_version ||
	    memcmp(found->reserved, wanted->reserved,
		   sizeof(found->reserved)) != 0)
		return SEALMEM_STRUCTURED_HEADER;
	if (found->layout_magic != wanted->layout_magic)
		return SEALMEM_STRUCTURED_MAGIC;
	if (found->layout_version != wanted->layout_version)
		return SEALMEM_STRUCTURED_VERSION;
	if (found->size != wanted->size)
		return SEALMEM_STRUCTURED_SIZE;
	if (found->alignment != wanted->alignment)
		return SEALMEM_STRUCTURED_ALIGNMENT;
	if (found->fingerprint != wanted->fingerprint)
		return SEALMEM_STRUCTURED_FINGERPRINT;
	return SEALMEM_STRUCTURED_FITS;
}

/* Too small comes last: which struct it is says more, where that can be read. */
static int examine(const struct sealmem_readonly_region *region,
		   const struct sealmem_structured_layout *layout,
		   enum sealmem_structured_mismatch *ret_mismatch)
{
	struct header wanted = make_header(layout), found;
	size_t size = sealmem_readonly_region_size(region);
	int ret;

	*ret_mismatch = SEALMEM_STRUCTURED_TOO_SMALL;
	if (size < sizeof(found))
		return 0;
	ret = read_header(region, &found);
	if (ret < 0)
		return ret;
	*ret_mismatch = compare(&found, &wanted);
	if (*ret_mismatch == SEALMEM_STRUCTURED_FITS &&
	    size < struct_offset(layout) + layout->size)
		*ret_mismatch = SEALMEM_STRUCTURED_TOO_SMALL;
	return 0;
}

int sealmem_structured_attach(const struct sealmem_readonly_region *region,
			      const struct sealmem_structured_layout *layout,
			      struct sealmem_readonly_mapping *ret_mapping,
			      enum sealmem_structured_mismatch *mismatch)
{
	enum sealmem_structured_mismatch found = SEALMEM_STRUCTURED_FITS;
	int ret = 0;

	if (sealmem_readonly_region_is_empty(region))
		ret = -EBADF;
	else if (!is_layout_valid(layout))
		ret = -EINVAL;
	if (ret == 0)
		ret = examine(region, layout, &found);
	if (mismatch)
		*mismatch = ret == 0 ? found : SEALMEM_STRUCTURED_FITS;
	if (ret < 0)
		return ret;
	if (found != SEALMEM_STRUCTURED_FITS)
		return -EPROTO;
	return sealmem_readonly_region_map_at(region, struct_offset(layout),
					      layout->size, ret_mapping);
}

const char *sealmem_structured_mismatch_text(uint32_t mismatch)
{
	static const char *const texts[] = {
		[SEALMEM_STRUCTURED_FITS] = "fits",
		[SEALMEM_STRUCTURED_TOO_SMALL] = "too small for the struct",
		[SEALMEM_STRUCTURED_HEADER] = "no header of a struct",
		[SEALMEM_STRUCTURED_MAGIC] = "another struct",
		[SEALMEM_STRUCTURED_VERSION] = "another version of the layout",
		[SEALMEM_STRUCTURED_SIZE] = "another size of the struct",
		[SEALMEM_STRUCTURED_ALIGNMENT] =
			"another alignment of the struct",
		[SEALMEM_STRUCTURED_FINGERPRINT] =
			"other members in the struct",
	};

	if (mismatch >= sizeof(texts) / sizeof(texts[0]))
		return "unknown";
	return texts[mismatch];
}
