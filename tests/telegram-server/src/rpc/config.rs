//! What the server tells of itself: where its data centres are.

use grammers_tl_types as tl;

use crate::rpc::{Refusal, Scene};

/// `help.getConfig`: without the addresses of the real data centres, so that no client is led there.
pub(crate) fn get_config(
    scene: &mut Scene<'_>,
    _: tl::functions::help::GetConfig,
) -> Result<tl::enums::Config, Refusal> {
    let now = scene.state.now_i32();
    let options = scene.state.data_centres.iter().map(|(id, address)| {
        let option = tl::types::DcOption {
            ipv6: false,
            media_only: false,
            tcpo_only: false,
            cdn: false,
            r#static: true,
            this_port_only: false,
            id: *id,
            ip_address: address.ip().to_string(),
            port: i32::from(address.port()),
            secret: None,
        };
        option.into()
    });
    let options = options.collect();
    Ok(tl::types::Config {
        default_p2p_contacts: false,
        preload_featured_stickers: false,
        revoke_pm_inbox: false,
        blocked_mode: false,
        force_try_ipv6: false,
        date: now,
        expires: now + 3600,
        test_mode: false,
        this_dc: scene.data_centre(),
        dc_options: options,
        dc_txt_domain_name: "localhost".to_owned(),
        chat_size_max: 200,
        megagroup_size_max: 200_000,
        forwarded_count_max: 100,
        online_update_period_ms: 120_000,
        offline_blur_timeout_ms: 0,
        offline_idle_timeout_ms: 0,
        online_cloud_timeout_ms: 0,
        notify_cloud_delay_ms: 0,
        notify_default_delay_ms: 0,
        push_chat_period_ms: 0,
        push_chat_limit: 0,
        edit_time_limit: 172_800,
        revoke_time_limit: 0,
        revoke_pm_time_limit: 0,
        rating_e_decay: 0,
        stickers_recent_limit: 0,
        channels_read_media_period: 0,
        tmp_sessions: None,
        call_receive_timeout_ms: 0,
        call_ring_timeout_ms: 0,
        call_connect_timeout_ms: 0,
        call_packet_timeout_ms: 0,
        me_url_prefix: "https://t.me/".to_owned(),
        autoupdate_url_prefix: None,
        gif_search_username: None,
        venue_search_username: None,
        img_search_username: None,
        static_maps_provider: None,
        caption_length_max: 1024,
        message_length_max: 4096,
        webfile_dc_id: 4,
        suggested_lang_code: None,
        lang_pack_version: None,
        base_lang_pack_version: None,
        reactions_default: None,
        autologin_token: None,
    }
    .into())
}

/// `help.getNearestDc`: the one that was asked.
pub(crate) fn get_nearest_dc(
    scene: &mut Scene<'_>,
    _: tl::functions::help::GetNearestDc,
) -> Result<tl::enums::NearestDc, Refusal> {
    let here = scene.data_centre();
    Ok(tl::types::NearestDc { country: "XX".to_owned(), this_dc: here, nearest_dc: here }.into())
}

/// `account.updateStatus`: nobody looks at it.
pub(crate) fn update_status(_: &mut Scene<'_>, _: tl::functions::account::UpdateStatus) -> Result<bool, Refusal> {
    Ok(true)
}
