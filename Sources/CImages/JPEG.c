#include "CImages.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf out;
    char *message;
} error_handler;

static void fail(j_common_ptr info) {
    error_handler *handler = (error_handler *)info->err;
    char text[JMSG_LENGTH_MAX];
    handler->base.format_message(info, text);
    snprintf(handler->message, CI_MESSAGE_LENGTH, "%s", text);
    longjmp(handler->out, 1);
}

// The library makes pixels up where data is missing, and only warns.
static void warn(j_common_ptr info, int level) {
    if (level < 0 && (info->err->msg_code == JWRN_JPEG_EOF || info->err->msg_code == JWRN_HIT_MARKER)) fail(info);
}

void ci_release(ci_picture *picture) {
    free(picture->pixels);
    picture->pixels = NULL;
}

static void from_cmyk(uint8_t *row, size_t width, int is_inverted) {
    for (size_t x = 0; x < width; x++) {
        unsigned c = row[4 * x], m = row[4 * x + 1], y = row[4 * x + 2], k = row[4 * x + 3];
        if (!is_inverted) c = 255 - c, m = 255 - m, y = 255 - y, k = 255 - k;
        row[3 * x] = (uint8_t)(c * k / 255);
        row[3 * x + 1] = (uint8_t)(m * k / 255);
        row[3 * x + 2] = (uint8_t)(y * k / 255);
    }
}

int ci_decode_jpeg(
    const uint8_t *bytes, size_t count, size_t most_pixels, size_t least, ci_picture *picture, char *message) {
    struct jpeg_decompress_struct info;
    error_handler handler;
    // What is changed behind setjmp and read after the jump must be volatile.
    uint8_t *volatile row = NULL;
    memset(picture, 0, sizeof *picture);
    memset(&info, 0, sizeof info);
    info.err = jpeg_std_error(&handler.base);
    handler.base.error_exit = fail;
    handler.base.emit_message = warn;
    handler.message = message;
    if (setjmp(handler.out)) {
        jpeg_destroy_decompress(&info);
        free(row);
        ci_release(picture);
        return 1;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, (unsigned long)count);
    jpeg_read_header(&info, TRUE);
    if ((size_t)info.image_width * info.image_height > most_pixels) {
        snprintf(
            message, CI_MESSAGE_LENGTH, "it has %u x %u pixels, more than the %zu that are read", info.image_width,
            info.image_height, most_pixels);
        longjmp(handler.out, 1);
    }
    unsigned divisor = 1;
    size_t shorter = info.image_width < info.image_height ? info.image_width : info.image_height;
    while (divisor < 8 && shorter / (2 * divisor) >= 2 * least) divisor *= 2;
    info.scale_num = 1;
    info.scale_denom = divisor;
    int is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    int is_grey = info.jpeg_color_space == JCS_GRAYSCALE;
    info.out_color_space = is_cmyk ? JCS_CMYK : is_grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    size_t channels = is_grey ? 1 : 3;
    picture->width = info.output_width;
    picture->height = info.output_height;
    picture->channels = channels;
    picture->pixels = malloc(picture->width * picture->height * channels);
    row = malloc(picture->width * 4);
    if (!picture->pixels || !row) {
        snprintf(message, CI_MESSAGE_LENGTH, "there is not enough memory for it");
        longjmp(handler.out, 1);
    }
    while (info.output_scanline < info.output_height) {
        size_t at = info.output_scanline;
        JSAMPROW rows[1] = {row};
        jpeg_read_scanlines(&info, rows, 1);
        if (is_cmyk) from_cmyk(row, picture->width, info.saw_Adobe_marker);
        memcpy(picture->pixels + at * picture->width * channels, row, picture->width * channels);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    free(row);
    return 0;
}
