/* SPDX-License-Identifier: MIT */
/*
 * The client of a broker. It cannot create, seal or open again; it can look,
 * and believes nothing that it has not seen.
 */
#include <errno.h>
#include <limits.h>
#include <sealmem/broker.h>
#include <string.h>

#include "lib/handle.h"
#include "lib/import.h"
#include "lib/options.h"
#include "lib/packet.h"
#include "lib/region.h"
#include "lib/request.h"
#include "lib/rules.h"
#include "lib/turn.h"
#include "sealing/sealing.h"

/* Late answers that are thrown away before a request; more is no accident. */
#define LATE_MAX 64

#define MS_IN_NS UINT64_C(1000000)
/* Decades away, and a time that every kernel takes. */
#define NEVER_NS (INT32_MAX * UINT64_C(1000000000))

int sealmem_broker_client_init(struct sealmem_channel *take_channel,
			       int timeout_ms,
			       struct sealmem_broker_client *ret_client)
{
	if (sealmem_channel_fd(take_channel) < 0)
		return -EBADF;
	if (timeout_ms == 0 || timeout_ms < -1)
		return -EINVAL;
	*ret_client = (struct sealmem_broker_client){
		.channel = *take_channel,
		.timeout_ms = timeout_ms,
	};
	*take_channel = (struct sealmem_channel){ 0 };
	return 0;
}

void sealmem_broker_client_close(struct sealmem_broker_client *client)
{
	sealmem_channel_close(&client->channel);
	*client = (struct sealmem_broker_client){ 0 };
}

/* --- request and answer --------------------------------------------------- */

/* One answer, whatever it answers; -EAGAIN if there is none. */
static int receive_answer(int fd, struct answer *ret_answer,
			  struct packet *ret_packet)
{
	/* A byte more than there may be, so that one too many shows. */
	uint8_t bytes[SEALMEM_ANSWER_SIZE + 1];
	enum sealmem_refusal refusal;
	struct packet packet;
	int ret = packet_receive(fd, bytes, sizeof(bytes), &packet, &refusal);

	if (ret < 0)
		return ret;
	refusal = answer_decode(bytes, packet.size, ret_answer);
	if (refusal != SEALMEM_REFUSAL_NONE) {
		packet_drop(&packet);
		return rules_error(refusal);
	}
	*ret_packet = packet;
	return 0;
}

/* Answers to what this client no longer waits for. */
static void drop_late_answers(int fd)
{
	struct answer answer;
	struct packet packet;

	for (int i = 0; i < LATE_MAX; i++) {
		if (receive_answer(fd, &answer, &packet) < 0)
			return;
		packet_drop(&packet);
	}
}

/* When a call that begins now gives up, as a sealing_now_ns(). */
static uint64_t deadline_of(const struct sealmem_broker_client *client)
{
	if (client->timeout_ms < 0)
		return NEVER_NS;
	return sealing_now_ns() + (uint64_t)client->timeout_ms * MS_IN_NS;
}

/* However much there is to receive, the deadline comes. */
static int wait_until(int fd, uint64_t deadline_ns)
{
	uint64_t now_ns = sealing_now_ns(), left_ms;
	int ret;

	if (now_ns >= deadline_ns)
		return -ETIMEDOUT;
	left_ms = (deadline_ns - now_ns) / MS_IN_NS + 1;
	ret = sealing_socket_wait(fd,
				  left_ms > INT_MAX ? INT_MAX : (int)left_ms);
	/* Not yet: look at the clock again. */
	return ret == -EINTR ? -EAGAIN : ret;
}

static int await_answer(int fd, uint64_t id, uint64_t deadline_ns,
			struct answer *ret_answer, struct packet *ret_packet)
{
	int ret;

	for (;;) {
		ret = wait_until(fd, deadline_ns);
		if (ret == 0)
			ret = receive_answer(fd, ret_answer, ret_packet);
		if (ret == -EAGAIN)
			continue;
		if (ret < 0 || ret_answer->id == id)
			return ret;
		packet_drop(ret_packet);
	}
}

static int exchange(struct sealmem_broker_client *client,
		    struct request *request, int pass_fd, uint64_t deadline_ns,
		    struct answer *ret_answer, struct packet *ret_packet)
{
	uint8_t bytes[SEALMEM_REQUEST_SIZE];
	int fd = sealmem_channel_fd(&client->channel);
	int ret;

	if (fd < 0)
		return -EBADF;
	request->id = ++client->last_id;
	request_encode(request, bytes);
	drop_late_answers(fd);
	ret = sealing_socket_send(fd, bytes, sizeof(bytes), pass_fd);
	if (ret < 0)
		return ret;
	return await_answer(fd, request->id, deadline_ns, ret_answer,
			    ret_packet);
}

/* A descriptor that the broker says is the answer; nothing is known of it. */
static int ask(struct sealmem_broker_client *client, struct request *request,
	       int pass_fd, int *ret_fd)
{
	uint64_t deadline_ns = deadline_of(client);
	struct answer answer;
	struct packet packet;
	int ret = turn_take(&client->turn, deadline_ns);

	if (ret < 0)
		return ret;
	ret = exchange(client, request, pass_fd, deadline_ns, &answer, &packet);
	turn_give(&client->turn);
	if (ret < 0)
		return ret;
	if ((answer.error == 0) != (packet.fd >= 0)) {
		packet_drop(&packet);
		return -EBADMSG;
	}
	if (answer.error != 0)
		return -answer.error;
	*ret_fd = packet.fd;
	return 0;
}

/* --- creation ------------------------------------------------------------- */

/* Nothing that came from the broker but the descriptor is in @parts. */
static int import(struct sealmem_descriptor *parts, enum sealmem_kind kind,
		  uint32_t policy_flags, struct sealmem_budget *budget,
		  struct sealmem_handle *ret_handle)
{
	const struct import_context context = { .label = "" };
	const struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_LARGE | policy_flags,
		.budget = budget,
	};

	return import_region(parts, &policy, kind, &context, ret_handle);
}

static int import_created(int fd, size_t size,
			  struct sealmem_handle *ret_handle)
{
	struct sealmem_descriptor parts = {
		.kind = SEALMEM_KIND_WRITABLE,
		.size = size,
		.fd = fd,
	};
	int ret = sealmem_token_generate(&parts.token);

	if (ret < 0) {
		sealing_discard(fd);
		return ret;
	}
	return import(&parts, SEALMEM_KIND_WRITABLE, SEALMEM_POLICY_HOLES, NULL,
		      ret_handle);
}

/* All of its memory now, as errors instead of SIGBUS later. */
static int fill(struct sealmem_handle *handle, size_t rounded,
		const void *content)
{
	int ret = sealing_memfd_commit(handle->fd, rounded);

	if (ret == 0 && content)
		ret = sealing_memfd_write(handle->fd, content, handle->size);
	if (ret == 0)
		handle->flags &= ~HANDLE_HOLES;
	return ret;
}

static int create(struct sealmem_broker_client *client, const void *content,
		  size_t size, const struct sealmem_options *given,
		  struct sealmem_writable_region *ret_region)
{
	HANDLE_CLEANUP struct sealmem_handle handle = { 0 };
	struct request request = { .operation = REQUEST_CREATE, .size = size };
	struct sealmem_options options;
	size_t rounded;
	int fd, ret = options_read(given, &options);

	if (ret == 0)
		ret = region_measure(size, &options, &rounded);
	if (ret < 0)
		return ret;
	request.flags = options.flags & REQUEST_FLAGS;
	memcpy(request.name, options.name, strlen(options.name));
	ret = ask(client, &request, -1, &fd);
	if (ret == 0)
		ret = import_created(fd, size, &handle);
	if (ret == 0 && (content || !(options.flags & SEALMEM_CREATE_LAZY)))
		ret = fill(&handle, rounded, content);
	if (ret == 0)
		ret_region->priv = handle_take(&handle);
	return ret;
}

/* --- conversion ----------------------------------------------------------- */

/* Holes only where there were some: after the seal there come no others. */
static int import_converted(int fd, const struct sealmem_handle *old,
			    enum sealmem_kind kind,
			    struct sealmem_handle *ret_handle)
{
	bool has_holes = old->flags & HANDLE_HOLES;
	struct sealmem_descriptor parts = {
		.kind = kind,
		.size = old->size,
		.token = old->token,
		.fd = fd,
	};

	return import(&parts, kind, has_holes ? SEALMEM_POLICY_HOLES : 0,
		      old->budget, ret_handle);
}

/* It is what was asked for, of the memory that was given. */
static int check_converted(const struct sealmem_handle *old,
			   const struct sealmem_handle *new,
			   enum request_operation operation)
{
	uint32_t level = new->flags &HANDLE_LEVEL_MASK;

	if (operation == REQUEST_FREEZE && level != SEALMEM_LEVEL_FROZEN)
		return -EPROTO;
	if (new->device != old->device || new->inode != old->inode)
		return -EPROTO;
	return 0;
}

static int convert(struct sealmem_broker_client *client,
		   struct sealmem_handle *take_handle,
		   enum request_operation operation, enum sealmem_kind kind,
		   struct sealmem_handle *ret_handle)
{
	HANDLE_CLEANUP struct sealmem_handle handle = { 0 };
	struct request request = { .operation = operation,
				   .size = take_handle->size };
	int fd, ret;

	if (handle_is_empty(take_handle))
		return -EBADF;
	ret = ask(client, &request, take_handle->fd, &fd);
	if (ret == 0)
		ret = import_converted(fd, take_handle, kind, &handle);
	if (ret == 0)
		ret = check_converted(take_handle, &handle, operation);
	if (ret < 0)
		return ret;
	handle_close(take_handle);
	*ret_handle = handle_take(&handle);
	return 0;
}

static int hook_to_readonly(struct sealmem_writable_region *take_region,
			    struct sealmem_readonly_region *ret_region,
			    void *data)
{
	return convert(data, &take_region->priv, REQUEST_TO_READONLY,
		       SEALMEM_KIND_READONLY, &ret_region->priv);
}

/* Each request is one try, so that nobody waits long for another client. */
static int hook_freeze(struct sealmem_writable_region *take_region,
		       struct sealmem_readonly_region *ret_region, void *data)
{
	int ret = -EBUSY;

	for (int i = 0; i < REGION_FREEZE_TRIES && ret == -EBUSY; i++)
		ret = convert(data, &take_region->priv, REQUEST_FREEZE,
			      SEALMEM_KIND_READONLY, &ret_region->priv);
	return ret;
}

static int hook_to_unsafe(struct sealmem_writable_region *take_region,
			  struct sealmem_unsafe_region *ret_region, void *data)
{
	return convert(data, &take_region->priv, REQUEST_TO_UNSAFE,
		       SEALMEM_KIND_UNSAFE, &ret_region->priv);
}

/* --- creation, by kind ---------------------------------------------------- */

static int hook_create_writable(size_t size,
				const struct sealmem_options *options,
				struct sealmem_writable_region *ret_region,
				void *data)
{
	return create(data, NULL, size, options, ret_region);
}

static int hook_create_unsafe(size_t size,
			      const struct sealmem_options *options,
			      struct sealmem_unsafe_region *ret_region,
			      void *data)
{
	struct sealmem_writable_region region = { 0 };
	int ret = create(data, NULL, size, options, &region);

	if (ret == 0)
		ret = hook_to_unsafe(&region, ret_region, data);
	if (ret < 0)
		sealmem_writable_region_close(&region);
	return ret;
}

/* As region_create_readonly(): the mapping comes first. */
static int hook_create_readonly(size_t size,
				const struct sealmem_options *options,
				struct sealmem_readonly_region *ret_region,
				struct sealmem_writable_mapping *ret_mapping,
				void *data)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	int ret = create(data, NULL, size, options, &region);

	if (ret < 0)
		return ret;
	ret = sealmem_writable_region_map(&region, &mapping);
	if (ret == 0)
		ret = hook_to_readonly(&region, ret_region, data);
	if (ret < 0) {
		sealmem_writable_mapping_unmap(&mapping);
		sealmem_writable_region_close(&region);
		return ret;
	}
	*ret_mapping = mapping;
	return 0;
}

/* The broker could write to it until the seal was on. */
static int check_content(const struct sealmem_readonly_region *region,
			 const void *content)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	int ret = sealmem_readonly_region_map(region, &mapping);

	if (ret < 0)
		return ret;
	if (memcmp(mapping.addr, content, mapping.size) != 0)
		ret = -EPROTO;
	sealmem_readonly_mapping_unmap(&mapping);
	return ret;
}

static int hook_create_readonly_from(const void *content, size_t size,
				     const struct sealmem_options *options,
				     struct sealmem_readonly_region *ret_region,
				     void *data)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_readonly_region frozen = { 0 };
	int ret = create(data, content, size, options, &region);

	if (ret == 0)
		ret = hook_freeze(&region, &frozen, data);
	if (ret == 0)
		ret = check_content(&frozen, content);
	if (ret < 0) {
		sealmem_writable_region_close(&region);
		sealmem_readonly_region_close(&frozen);
		return ret;
	}
	ret_region->priv = handle_take(&frozen.priv);
	return 0;
}

void sealmem_broker_client_hooks(struct sealmem_broker_client *client,
				 struct sealmem_hooks *ret_hooks)
{
	*ret_hooks = (struct sealmem_hooks){
		.struct_size = sizeof(*ret_hooks),
		.data = client,
		.create_writable = hook_create_writable,
		.create_unsafe = hook_create_unsafe,
		.create_readonly = hook_create_readonly,
		.create_readonly_from = hook_create_readonly_from,
		.to_readonly = hook_to_readonly,
		.to_unsafe = hook_to_unsafe,
		.freeze = hook_freeze,
	};
}
