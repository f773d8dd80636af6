import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const upload = async () => {
    const rows = ["Pelanggan;Surel;Tanggal;No. Faktur;Produk;Jumlah;Harga Satuan"];
    const today = luxon.DateTime.local();
    for (let number = 0; number < 24; number++) {
        for (let place = 0; place <= number % 8; place++) {
            const day = today.minus({ days: 200 - 25 * place - number }).toISODate();
            rows.push(`Toko ${number};toko${number}@past.example;${day};F-${number}-${place};Kopi;2;Rp 150,000`);
        }
    }
    rows.push("Toko Lupa;;kemarin;F-X;Kopi;1;100");
    const input = document.querySelector(".o_field_widget[name=file] input[type=file]");
    const chosen = new DataTransfer();
    chosen.items.add(new File([rows.join("\n")], "penjualan.csv", { type: "text/csv" }));
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
};

registry.category("web_tour.tours").add("crm_lifecycle_setup_to_results", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "The app opens with the set-up, since nobody is there yet",
            trigger: '.o_app[data-menu-xmlid="crm_lifecycle.crm_lifecycle_menu_root"]',
            run: "click",
        },
        {
            content: "The app is there: a click while it opens is lost",
            trigger: ".o_main_navbar .o_menu_brand:contains(Customers)",
        },
        {
            trigger: ".o_form_view button.btn-primary:contains(Import Past Sales):enabled",
            run: "click",
        },
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Upload a spreadsheet",
            trigger: ".o_form_view .o_field_widget[name=file] .o_select_file_button",
            run: upload,
        },
        {
            trigger: ".o_field_widget[name=file] .o_form_uri, .o_field_widget[name=file] input[type=text]",
        },
        {
            trigger: "button[name=action_check]",
            run: "click",
        },
        {
            content: "One line is wrong, and the page says which and why",
            trigger: ".o_field_widget[name=problem_ids] .o_data_row:contains(kemarin):contains(year-month-day)",
        },
        {
            content: "A customer who is known already is proposed",
            trigger: ".o_notebook .nav-link:contains(Customers)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=contact_ids] .o_data_row:contains(Toko 5):contains(Same e-mail)",
        },
        {
            trigger: "button[name=action_import]:contains(What Is Right)",
            run: "click",
        },
        {
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "Thresholds from the own past",
            trigger: ".o_form_view .alert-success:contains(taken over)",
        },
        {
            trigger: "button:contains(Propose Thresholds)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=stage_chart] canvas",
        },
        {
            trigger: "button[name=action_apply]",
            run: "click",
        },
        {
            content: "Everybody is being judged again",
            trigger: ".modal .o_lifecycle_rebuild",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            trigger: ".o_form_view button:contains(Customer Results)",
            run: "click",
        },
        {
            content: "The first results",
            trigger: ".o_measures [data-measure=buyers] .o_measure_value:contains(24)",
        },
        {
            trigger: ".o_measures [name=curve] canvas",
        },
        {
            content: "What a figure means",
            trigger: ".o_measures [data-measure=retention] .o_measure_info",
            run: "click",
        },
        {
            trigger: ".o_measure_definition:contains(Of the customers at the start of the period)",
        },
        {
            content: "And who is behind it",
            trigger: ".o_measures [data-measure=buyers] button.o_measure_value",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Toko 23)",
        },
    ],
});
