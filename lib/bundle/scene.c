/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/scene.h"

#include <fcntl.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"
#include "lib/bundle/custody.h"

/* Our own program, as the kernel runs it: whoever doubts the tool can compare. */
static int hash_self(char hex[SHA256_HEX], struct err *e)
{
	AUTO(fd_closep) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	AUTO(digest_freep) struct digest *d = digest_new();
	AUTO(freep) char *block = xmalloc(65536);

	if (fd < 0)
		return err_sys(e, "open /proc/self/exe");
	for (;;) {
		ssize_t n = read(fd, block, 65536);

		if (n < 0)
			return err_sys(e, "read /proc/self/exe");
		if (n == 0)
			break;
		digest_add(d, block, (size_t)n);
	}
	digest_end(d, hex);
	return 0;
}

void scene_tool(struct jsonw *w)
{
	char hex[SHA256_HEX];
	struct err e = { 0 };

	jsonw_object(w, "tool");
	jsonw_text(w, "name", "impound");
	jsonw_text(w, "version", IMPOUND_VERSION);
	if (hash_self(hex, &e) == 0)
		jsonw_text(w, "sha256", hex);
	else
		custody_sentence(w, "sha256_error", e.text);
	jsonw_end(w);
}

/* One line of a file under /proc; nothing where it cannot be read. */
static void write_proc(struct jsonw *w, const char *key, const char *path)
{
	AUTO(str_release) struct str text = STR_INIT(256);
	struct err e = { 0 };

	if (file_slurp(AT_FDCWD, path, &text, &e) < 0)
		return;
	text.buf[strcspn(text.buf, "\n")] = '\0';
	custody_sentence(w, key, text.buf);
}

void scene_boot_id(struct jsonw *w)
{
	write_proc(w, "boot_id", "/proc/sys/kernel/random/boot_id");
}

void scene_loginuid(struct jsonw *w)
{
	write_proc(w, "loginuid", "/proc/self/loginuid");
}

void scene_host(struct jsonw *w)
{
	struct utsname u;

	jsonw_object(w, "host");
	if (uname(&u) == 0) {
		custody_sentence(w, "name", u.nodename);
		custody_sentence(w, "kernel", u.release);
		custody_sentence(w, "machine", u.machine);
	}
	scene_boot_id(w);
	jsonw_u64(w, "uid", getuid());
	scene_loginuid(w);
	jsonw_end(w);
}

void scene_boottime(struct jsonw *w)
{
	struct timespec boot = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	jsonw_u64_text(w, "boottime_ns",
		       (uint64_t)boot.tv_sec * UINT64_C(1000000000) + (uint64_t)boot.tv_nsec);
}

/* The wall clock can be set; the time since boot cannot, and the kernel knows whether NTP holds the
 * first. */
void scene_clock(struct jsonw *w)
{
	struct timespec real = { 0 };
	struct timex t = { 0 };
	char text[TEXT_TIME_SIZE];
	int state = adjtimex(&t);

	(void)clock_gettime(CLOCK_REALTIME, &real);
	text_time(text, &real);
	jsonw_object(w, "clock");
	jsonw_text(w, "realtime", text);
	scene_boottime(w);
	if (state < 0) {
		jsonw_null(w, "synchronised");
	} else {
		jsonw_bool(w, "synchronised", state != TIME_ERROR && !(t.status & STA_UNSYNC));
		jsonw_i64(w, "max_error_us", t.maxerror);
	}
	jsonw_end(w);
}
