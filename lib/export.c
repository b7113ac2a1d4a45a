/* SPDX-License-Identifier: MIT */
/* Departure: a region as the parts that travel, and refusals in words. */
#include <errno.h>
#include <sealmem/descriptor.h>

#include "lib/handle.h"
#include "sealing/sealing.h"

static int export(struct sealmem_handle *take_handle, enum sealmem_kind kind,
		  struct sealmem_descriptor *ret_descriptor)
{
	if (handle_is_empty(take_handle))
		return -EBADF;
	*ret_descriptor = (struct sealmem_descriptor){
		.kind = (uint32_t)kind,
		.size = take_handle->size,
		.token = take_handle->token,
	};
	ret_descriptor->fd = handle_take_fd(take_handle);
	return 0;
}

int sealmem_readonly_region_export(struct sealmem_readonly_region *take_region,
				   struct sealmem_descriptor *ret_descriptor)
{
	return export(&take_region->priv, SEALMEM_KIND_READONLY,
		      ret_descriptor);
}

int sealmem_writable_region_export(struct sealmem_writable_region *take_region,
				   struct sealmem_descriptor *ret_descriptor)
{
	return export(&take_region->priv, SEALMEM_KIND_WRITABLE,
		      ret_descriptor);
}

int sealmem_unsafe_region_export(struct sealmem_unsafe_region *take_region,
				 struct sealmem_descriptor *ret_descriptor)
{
	return export(&take_region->priv, SEALMEM_KIND_UNSAFE, ret_descriptor);
}

void sealmem_descriptor_close(struct sealmem_descriptor *descriptor)
{
	if (descriptor->kind != SEALMEM_KIND_NONE)
		sealing_close(descriptor->fd);
	*descriptor = (struct sealmem_descriptor){ .fd = -1 };
}

static const char *const texts[] = {
	[SEALMEM_REFUSAL_NONE] = "accepted",
	[SEALMEM_REFUSAL_SYSTEM] = "a system call failed",
	[SEALMEM_REFUSAL_KIND] = "it is declared to be of another kind",
	[SEALMEM_REFUSAL_TOKEN] = "its token is empty",
	[SEALMEM_REFUSAL_SIZE_ZERO] = "its declared size is 0",
	[SEALMEM_REFUSAL_SIZE_LIMIT] = "its declared size is above the limit",
	[SEALMEM_REFUSAL_PATH_ONLY] =
		"the descriptor is closed or was opened with O_PATH",
	[SEALMEM_REFUSAL_NOT_SEALABLE] =
		"the descriptor is not a memfd: it cannot carry seals",
	[SEALMEM_REFUSAL_NO_SHRINK_SEAL] =
		"the memory can shrink: it lacks F_SEAL_SHRINK",
	[SEALMEM_REFUSAL_NO_GROW_SEAL] =
		"the memory can grow: it lacks F_SEAL_GROW",
	[SEALMEM_REFUSAL_NO_SEAL_SEAL] =
		"seals can be added to the memory: it lacks F_SEAL_SEAL",
	[SEALMEM_REFUSAL_NO_WRITE_SEAL] =
		"the memory can be written: it lacks a write seal",
	[SEALMEM_REFUSAL_WRITE_SEALED] =
		"the memory is sealed against writing, but declared writable",
	[SEALMEM_REFUSAL_SEAL_SEALED] =
		"the memory has F_SEAL_SEAL, so it can become nothing else",
	[SEALMEM_REFUSAL_NOT_SHMEM] =
		"the descriptor is not ordinary shared memory",
	[SEALMEM_REFUSAL_EXECUTABLE] =
		"the file mode allows execution, so its seals may be forged",
	[SEALMEM_REFUSAL_SIZE_MISMATCH] =
		"the memory is not as large as declared",
	[SEALMEM_REFUSAL_ACCESS_MODE] =
		"the descriptor is open for more or less than its kind allows",
	[SEALMEM_REFUSAL_HOLE] = "the memory has holes, which can raise SIGBUS",
	[SEALMEM_REFUSAL_MESSAGE_SIZE] = "the message is too short or too long",
	[SEALMEM_REFUSAL_MESSAGE_MAGIC] = "the message is not of sealmem",
	[SEALMEM_REFUSAL_MESSAGE_VERSION] =
		"the message is of another version of the protocol",
	[SEALMEM_REFUSAL_MESSAGE_LABEL] =
		"the message's label is not printable, or not ended by zeros",
	[SEALMEM_REFUSAL_DESCRIPTOR_COUNT] =
		"the message did not bring exactly one descriptor",
	[SEALMEM_REFUSAL_CONTROL] =
		"the message brought control data other than descriptors",
	[SEALMEM_REFUSAL_TOKEN_REPLAYED] =
		"its token or its memory was delivered before",
	[SEALMEM_REFUSAL_JUDGED] = "the receiver's own policy says no",
	[SEALMEM_REFUSAL_GENERATION] =
		"not newer than what was published before",
	[SEALMEM_REFUSAL_TEXT_FIELDS] =
		"the text is too long or has not exactly five fields",
	[SEALMEM_REFUSAL_TEXT_DESCRIPTOR] =
		"the text names no descriptor from 3 on",
	[SEALMEM_REFUSAL_TEXT_METHOD] = "the text names an unknown method",
	[SEALMEM_REFUSAL_TEXT_TOKEN] =
		"the token in the text is not two numbers",
	[SEALMEM_REFUSAL_TEXT_SIZE] = "the size in the text is no number",
	[SEALMEM_REFUSAL_NOT_INHERITED] =
		"no descriptor of that number came through exec",
	[SEALMEM_REFUSAL_REQUEST] =
		"the message asks a broker for what makes no sense",
};

const char *sealmem_refusal_text(uint32_t refusal)
{
	if (refusal >= sizeof(texts) / sizeof(texts[0]))
		return "unknown reason";
	return texts[refusal];
}
