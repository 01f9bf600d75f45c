/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels of arithmetic and of the functions on numbers. The suffix is the kind of both inputs. */
#ifndef WH_CONVERT_KERNEL_NUMBER_H
#define WH_CONVERT_KERNEL_NUMBER_H

#include "convert/kernel.h"

/* Whole numbers: the result's bits bound it (kernel_int.c). */
wh_kernel wh_int_add;
wh_kernel wh_int_subtract;
wh_kernel wh_int_multiply;
wh_kernel wh_int_divide;
wh_kernel wh_int_remainder;
wh_kernel wh_int_negate;
wh_kernel wh_int_abs;
wh_kernel wh_int_bit_and;
wh_kernel wh_int_bit_or;
wh_kernel wh_int_bit_xor;
wh_kernel wh_int_bit_not;
wh_kernel wh_int_shift_left;
wh_kernel wh_int_shift_right;
wh_kernel wh_int_gcd;
wh_kernel wh_int_lcm;

/* Doubles and reals (kernel_float.c). */
wh_kernel wh_float_add;
wh_kernel wh_float_subtract;
wh_kernel wh_float_multiply;
wh_kernel wh_float_divide;
wh_kernel wh_float_negate;
wh_kernel wh_float_abs;
wh_kernel wh_float_sign;
wh_kernel wh_float_round;
wh_kernel wh_float_trunc;
wh_kernel wh_float_ceil;
wh_kernel wh_float_floor;
wh_kernel wh_float_power;

/* What the C library computes of doubles (kernel_float_math.c). */
wh_kernel wh_float_sqrt;
wh_kernel wh_float_cbrt;
wh_kernel wh_float_exp;
wh_kernel wh_float_ln;
wh_kernel wh_float_log10;
wh_kernel wh_float_pi;
wh_kernel wh_float_degrees;
wh_kernel wh_float_radians;
wh_kernel wh_float_sin;
wh_kernel wh_float_cos;
wh_kernel wh_float_tan;
wh_kernel wh_float_cot;
wh_kernel wh_float_asin;
wh_kernel wh_float_acos;
wh_kernel wh_float_atan;
wh_kernel wh_float_atan2;
wh_kernel wh_float_sinh;
wh_kernel wh_float_cosh;
wh_kernel wh_float_tanh;
wh_kernel wh_float_asinh;
wh_kernel wh_float_acosh;
wh_kernel wh_float_atanh;

/* Numerics (kernel_numeric.c). */
wh_kernel wh_numeric_kernel_add;
wh_kernel wh_numeric_kernel_subtract;
wh_kernel wh_numeric_kernel_multiply;
wh_kernel wh_numeric_kernel_divide;
wh_kernel wh_numeric_kernel_remainder;
wh_kernel wh_numeric_kernel_negate;
wh_kernel wh_numeric_kernel_abs;
wh_kernel wh_numeric_kernel_sign;
wh_kernel wh_numeric_kernel_round; /* to whole numbers, or to inputs[1] digits */
wh_kernel wh_numeric_kernel_trunc;
wh_kernel wh_numeric_kernel_ceil;
wh_kernel wh_numeric_kernel_floor;
wh_kernel wh_numeric_kernel_quotient;
wh_kernel wh_numeric_kernel_gcd;
wh_kernel wh_numeric_kernel_lcm;
wh_kernel wh_numeric_kernel_sqrt;
wh_kernel wh_numeric_kernel_power;
wh_kernel wh_numeric_kernel_exp;
wh_kernel wh_numeric_kernel_ln;
wh_kernel wh_numeric_kernel_log;
wh_kernel wh_numeric_kernel_log10;
wh_kernel wh_numeric_kernel_factorial;
wh_kernel wh_numeric_kernel_scale;
wh_kernel wh_numeric_kernel_min_scale;
wh_kernel wh_numeric_kernel_trim_scale;

/* Formats (kernel_number_format.c). */
wh_kernel wh_int_to_char;
wh_kernel wh_float_to_char;
wh_kernel wh_numeric_kernel_to_char;
wh_kernel wh_text_to_number;

/* width_bucket() (kernel_bucket.c). */
wh_kernel wh_float_width_bucket;
wh_kernel wh_numeric_kernel_width_bucket;

#endif
