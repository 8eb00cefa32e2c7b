/* SPDX-License-Identifier: Apache-2.0 */
#include "list/report.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/text.h"

#define CELLS      7
#define CELL_MIN   8    /* no column is made narrower than this */
#define CELL_LIMIT 4096 /* bytes of one cell without a limit from the terminal */
#define GAP        2
#define ID_SHOWN   12

static const char *const headings[CELLS] = { "ENGINE", "NAME",  "ID",   "IMAGE",
					     "STATE",  "SINCE", "PORTS" };

struct row {
	char *cells[CELLS]; /* as they are: escaped when they are printed */
};

struct rows {
	struct row *items;
	size_t count, cap;
};

static void rows_release(struct rows *r)
{
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < CELLS; k++)
			free(r->items[i].cells[k]);
	free(r->items);
	*r = (struct rows){ 0 };
}

size_t report_columns(void)
{
	const char *set = getenv("COLUMNS");
	struct winsize size;
	struct err ignored = { 0 };
	uint64_t n;

	if (set && text_u64(set, 10000, &n, &ignored) == 0 && n > 0)
		return (size_t)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

/* How long it has run, or has been at an end. */
static char *since(const struct container *c)
{
	AUTO(str_release) struct str text = STR_INIT(64);
	const char *when = c->state == STATE_STOPPED ? c->finished : c->started;
	struct timespec then, now;
	struct err ignored = { 0 };

	/* The year 1 is Docker's never. */
	if (!when || text_parse_time(when, &then, &ignored) < 0 || then.tv_sec <= 0)
		return xstrdup("");
	(void)clock_gettime(CLOCK_REALTIME, &now);
	text_span(&text, now.tv_sec > then.tv_sec ? (uint64_t)(now.tv_sec - then.tv_sec) : 0);
	return str_detach(&text);
}

static void fill(struct row *row, const struct engine *g, const struct container *c)
{
	row->cells[0] = xstrdup(g->label);
	row->cells[1] = xstrdup(c->name);
	row->cells[2] = xstrndup(c->id, ID_SHOWN);
	row->cells[3] = xstrdup(c->image ? c->image : "");
	row->cells[4] = xstrdup(container_state_word(c->state));
	row->cells[5] = since(c);
	row->cells[6] = xstrdup(c->ports ? c->ports : "");
}

static void measure(const struct rows *rows, size_t widths[CELLS])
{
	for (size_t k = 0; k < CELLS; k++)
		widths[k] = strlen(headings[k]);
	for (size_t i = 0; i < rows->count; i++) {
		for (size_t k = 0; k < CELLS; k++) {
			AUTO(freep) char *shown = text_fit(rows->items[i].cells[k], CELL_LIMIT);
			size_t width = text_width(shown);

			if (width > widths[k])
				widths[k] = width;
		}
	}
}

/* The widest gives way first, the id never: it is what one types next. */
static void narrow(size_t widths[CELLS], size_t columns)
{
	for (;;) {
		size_t total = 0, widest = CELLS;

		for (size_t k = 0; k < CELLS; k++) {
			total += widths[k] + (k ? GAP : 0);
			if (k != 2 && widths[k] > CELL_MIN &&
			    (widest == CELLS || widths[k] >= widths[widest]))
				widest = k;
		}
		if (total <= columns || widest == CELLS)
			return;
		widths[widest]--;
	}
}

static void print_row(const char *const cells[CELLS], const size_t widths[CELLS])
{
	AUTO(str_release) struct str line = STR_INIT((size_t)1 << 20);

	for (size_t k = 0; k < CELLS; k++) {
		AUTO(freep) char *shown = text_fit(cells[k], widths[k]);

		str_adds(&line, shown);
		for (size_t at = text_width(shown); at < widths[k] + GAP; at++)
			str_addc(&line, ' ');
	}
	while (line.len && line.buf[line.len - 1] == ' ')
		line.buf[--line.len] = '\0';
	puts(line.buf);
}

void report_print(const struct engines *all, const struct container_list *lists, size_t columns)
{
	AUTO(rows_release) struct rows rows = { 0 };
	size_t widths[CELLS];

	for (size_t i = 0; i < all->count; i++) {
		for (size_t k = 0; k < lists[i].count; k++) {
			grow(rows.items, rows.count, rows.cap);
			fill(&rows.items[rows.count++], all->items[i], &lists[i].items[k]);
		}
	}
	measure(&rows, widths);
	if (columns)
		narrow(widths, columns);
	print_row(headings, widths);
	for (size_t i = 0; i < rows.count; i++)
		print_row((const char *const *)rows.items[i].cells, widths);
}

void report_line(const struct engine *g, const struct container *c)
{
	struct row row;

	fill(&row, g, c);
	for (size_t k = 0; k < CELLS; k++) {
		AUTO(freep) char *cell = row.cells[k];
		AUTO(freep) char *shown = text_fit(cell, CELL_LIMIT);

		if (*shown)
			printf(" %s", shown);
	}
	putchar('\n');
}
